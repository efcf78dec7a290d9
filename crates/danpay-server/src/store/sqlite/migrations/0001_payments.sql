-- Amounts are whole KRW, times are Unix milliseconds (UTC), ids are the 16 bytes of a UUIDv7.
create table payments (
    id          blob    not null primary key check (length(id) = 16),
    version     integer not null check (version >= 1),
    status      text    not null check (status in (
        'ready', 'authenticated', 'approving', 'approved', 'partially_canceled', 'canceled',
        'quit', 'failed', 'expired')),
    livemode    integer not null check (livemode in (0, 1)),
    order_id    text    not null,
    total       integer not null check (total > 0),
    cid         text    not null,
    tid         text    not null,
    -- The shop's order as it was asked for, and KakaoPay's addresses for the payer; never changed.
    "order"     text    not null check ("order" ->> '$.order_id' = order_id
                                    and "order" ->> '$.amount.total' = total),
    redirect    text    not null,
    -- What the status's own data is; no secret is in it.
    state       text    not null check (state ->> '$.status' = status),
    -- The one secret, here only while a call to approve may need it.
    pg_token    text    check ((pg_token is not null) = (status in ('authenticated', 'approving'))),
    review      text,
    created_at  integer not null,
    expires_at  integer not null check (expires_at > created_at),
    updated_at  integer not null,
    next_check_at integer,
    looked_up_at  integer,
    constraint payments_tid_once unique (tid)
) strict;

create index payments_due on payments (next_check_at) where next_check_at is not null;
create index payments_approving on payments (id) where status = 'approving';

create table events (
    id          blob    not null primary key check (length(id) = 16),
    payment_id  blob    not null references payments (id),
    sequence    integer not null check (sequence >= 1),
    type        text    not null,
    at          integer not null,
    "by"        text    not null,
    state       text    not null,
    evidence    text,
    constraint events_one_per_change unique (payment_id, sequence)
) strict;

create table idempotency_keys (
    key          text    not null primary key check (length(key) between 1 and 255),
    request_hash blob    not null check (length(request_hash) = 32),
    answer       text    not null,
    payment_id   blob    not null references payments (id),
    created_at   integer not null
) strict;

create table api_keys (
    hash        blob    not null primary key check (length(hash) = 32),
    name        text    not null,
    created_at  integer not null
) strict;
