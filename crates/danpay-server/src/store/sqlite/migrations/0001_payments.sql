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

create table cancellations (
    id          blob    not null primary key check (length(id) = 16),
    payment_id  blob    not null references payments (id),
    status      text    not null check (status in ('pending', 'done', 'failed')),
    total       integer not null check (total > 0),
    -- Amount, reason and what the status's own data is; no secret is in it.
    body        text    not null check (body ->> '$.status' = status
                                    and body ->> '$.amount.total' = total)
) strict;

create index cancellations_of_payment on cancellations (payment_id);
create unique index cancellations_one_pending on cancellations (payment_id)
    where status = 'pending';

-- What is pending and done never exceeds what was paid, whatever the code believes.
create trigger cancellations_ceiling_insert after insert on cancellations
when (select sum(total) from cancellations
      where payment_id = new.payment_id and status <> 'failed')
    > (select total from payments where id = new.payment_id)
begin
    select raise(abort, 'more would be canceled than was paid');
end;
create trigger cancellations_ceiling_update after update on cancellations
when (select sum(total) from cancellations
      where payment_id = new.payment_id and status <> 'failed')
    > (select total from payments where id = new.payment_id)
begin
    select raise(abort, 'more would be canceled than was paid');
end;

create table events (
    id          blob    not null primary key check (length(id) = 16),
    payment_id  blob    not null references payments (id),
    sequence    integer not null check (sequence >= 1),
    type        text    not null,
    at          integer not null,
    "by"        text    not null,
    state       text    not null,
    cancellations text  not null,
    evidence    text,
    constraint events_one_per_change unique (payment_id, sequence)
) strict;

create table idempotency_keys (
    key          text    not null primary key check (length(key) between 1 and 255),
    request_hash blob    not null check (length(request_hash) = 32),
    -- Without an answer that is kept, the answer is the payment as it stands.
    answer       text,
    payment_id   blob    not null references payments (id),
    cancellation_id blob references cancellations (id),
    created_at   integer not null
) strict;

create table api_keys (
    hash        blob    not null primary key check (length(hash) = 32),
    name        text    not null,
    created_at  integer not null
) strict;
