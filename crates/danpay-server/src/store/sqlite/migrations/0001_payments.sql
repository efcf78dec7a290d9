-- Amounts are whole KRW, times are Unix milliseconds (UTC), ids are the 16 bytes of a UUIDv7.
-- That a payment's documents agree with its row is found out when it is read. What belongs to a payment is written
-- in the transaction that has the payment's row in hand, and payments stay, so no foreign key looks for it.
-- Who sells. The first one is made of the server's own settings at its first start; its KakaoPay
-- secrets are never stored.
create table shops (
    id          blob    not null primary key check (length(id) = 16),
    name        text    not null unique check (length(name) between 1 and 100),
    -- 1 for the one whose settings are the server's.
    is_first    integer not null check (is_first in (0, 1)),
    -- Addresses, limits and rules of it; no secret is in it.
    settings    text    not null check (json_valid(settings)),
    -- Counts its changes, so that servers notice one.
    version     integer not null check (version >= 1),
    created_at  integer not null,
    disabled_at integer
) strict;

create unique index shops_one_first on shops (is_first) where is_first = 1;

-- A shop's contracts with KakaoPay, by their merchant codes. Secrets are sealed with the master key.
create table accounts (
    shop_id     blob    not null references shops (id),
    cid         text    not null check (length(cid) between 1 and 20),
    secret_key  blob    not null,
    cid_secret  blob,
    created_at  integer not null,
    primary key (shop_id, cid)
) strict, without rowid;

create table payments (
    id          blob    not null check (length(id) = 16),
    shop_id     blob    not null references shops (id),
    version     integer not null check (version >= 1),
    status      text    not null check (status in (
        'ready', 'authenticated', 'approving', 'approved', 'partially_canceled', 'canceled',
        'quit', 'failed', 'expired', 'withdrawn')),
    livemode    integer not null check (livemode in (0, 1)),
    order_id    text    not null,
    user_id     text    not null,
    total       integer not null check (total > 0),
    cid         text    not null,
    tid         text    not null,
    -- The shop's order as it was asked for, and KakaoPay's addresses for the payer; never changed, but that
    -- `danpay erase` takes what tells of persons.
    "order"     text    not null,
    redirect    text    not null,
    -- What the status's own data is; no secret is in it.
    state       text    not null,
    -- The payer's secrets, here only while a call to approve may need them: the token of the next
    -- call, and another one that is tried if that is not the payer's.
    pg_token    text    check ((pg_token is not null) = (status in ('authenticated', 'approving'))),
    further_pg_token text check (further_pg_token is null or pg_token is not null),
    -- Why somebody has to look at it, as JSON.
    review      text,
    created_at  integer not null,
    expires_at  integer not null check (expires_at > created_at),
    updated_at  integer not null,
    next_check_at integer,
    looked_up_at  integer,
    primary key (id, shop_id),
    constraint payments_tid_once unique (tid)
) strict;

create trigger payments_stay before delete on payments
begin
    select raise(abort, 'constraint: payments are never deleted');
end;

-- With the status, so that what was under way when the server stopped is found without the rows.
create index payments_due on payments (next_check_at, status) where next_check_at is not null;
create index payments_of_shop on payments (shop_id, id);
-- A shop looks its payments up by its own numbers of the order and of the user.
create index payments_by_order on payments (shop_id, order_id, id);
create index payments_by_user on payments (shop_id, user_id, id);

-- The one payment of an order that is being charged, or has been: whoever is not here is not called
-- for. A row goes when its payment has left `approving` unpaid.
create table order_claims (
    shop_id     blob    not null,
    order_id    text    not null,
    payment_id  blob    not null,
    primary key (shop_id, order_id)
) strict, without rowid;

create table cancellations (
    id          blob    not null primary key check (length(id) = 16),
    shop_id     blob    not null,
    payment_id  blob    not null,
    status      text    not null check (status in ('pending', 'done', 'failed')),
    total       integer not null check (total > 0),
    -- Amount, reason and what the status's own data is; no secret is in it.
    body        text    not null check (body ->> '$.status' = status
                                    and body ->> '$.amount.total' = total),
    -- Under which key the shop asked for it, for as long as it exists: a refund that is asked for
    -- again, however late, is the same refund.
    idempotency_key text check (length(idempotency_key) between 1 and 255),
    request_hash    blob check (length(request_hash) = 32),
    check ((idempotency_key is null) = (request_hash is null)),
    foreign key (payment_id, shop_id) references payments (id, shop_id)
) strict;

create unique index cancellations_key_once on cancellations (shop_id, idempotency_key)
    where idempotency_key is not null;
create index cancellations_of_payment on cancellations (payment_id, shop_id);
create unique index cancellations_one_pending on cancellations (payment_id, shop_id)
    where status = 'pending';

-- What is pending and done never exceeds what was paid, whatever the code believes.
create trigger cancellations_ceiling_insert after insert on cancellations
when (select sum(total) from cancellations
      where payment_id = new.payment_id and shop_id = new.shop_id and status <> 'failed')
    > (select total from payments where id = new.payment_id and shop_id = new.shop_id)
begin
    select raise(abort, 'more would be canceled than was paid');
end;
create trigger cancellations_ceiling_update after update on cancellations
when (select sum(total) from cancellations
      where payment_id = new.payment_id and shop_id = new.shop_id and status <> 'failed')
    > (select total from payments where id = new.payment_id and shop_id = new.shop_id)
begin
    select raise(abort, 'more would be canceled than was paid');
end;

create table events (
    id          blob    not null primary key check (length(id) = 16),
    shop_id     blob    not null,
    payment_id  blob    not null,
    sequence    integer not null check (sequence >= 1),
    type        text    not null,
    at          integer not null,
    "by"        text    not null,
    state       text    not null,
    cancellations text  not null,
    review      text,
    evidence    text,
    -- Among the events that the shop is told, in the order in which it reads them. One connection commits at
    -- a time, so what is committed later has a higher one.
    position    integer check (position >= 1),
    constraint events_one_per_change unique (payment_id, sequence)
) strict;

create unique index events_position_once on events (shop_id, position) where position is not null;

-- What has happened is never rewritten.
create trigger events_append_only before update on events
begin
    select raise(abort, 'constraint: events are append-only');
end;

-- The last position of each shop that an event had which is pruned: the next ones go on after it.
create table last_positions (
    shop_id     blob    not null primary key,
    position    integer not null
) strict, without rowid;

-- What a shop asked for under a key, but for cancellations, which have theirs themselves. The answer
-- to a key that comes again is the payment as it stands then.
create table idempotency_keys (
    shop_id      blob    not null,
    key          text    not null check (length(key) between 1 and 255),
    request_hash blob    not null check (length(request_hash) = 32),
    payment_id   blob    not null,
    created_at   integer not null,
    primary key (shop_id, key)
) strict;

-- Keys of the shop's door, by their hashes. A revoked one stays, so that it is known as such.
create table api_keys (
    hash        blob    not null primary key check (length(hash) = 32),
    shop_id     blob    not null references shops (id),
    name        text    not null check (length(name) between 1 and 100),
    role        text    not null check (role in ('full', 'sell', 'read')),
    created_at  integer not null,
    expires_at  integer,
    revoked_at  integer,
    -- To the minute.
    last_used_at integer,
    constraint api_keys_name_once unique (shop_id, name)
) strict;

-- Keys of the server's own: `return` makes the addresses by which KakaoPay brings payers back.
create table server_keys (
    name        text    not null primary key,
    key         blob    not null check (length(key) = 32)
) strict;

-- What each server writes to see that it can.
create table server_probes (
    server      blob    not null primary key check (length(server) = 16),
    at          integer not null
) strict;

-- Has a row while this database is a restored backup of which it is not yet known what it lacks: until
-- then nothing is approved or canceled.
create table restored (
    only_one    integer not null primary key check (only_one = 1),
    -- When the newest payment of the backup was created.
    newest_at   integer not null
) strict;

-- What a shop's refunds of a day in Korea come to, pending and done: counted in the commit that makes
-- one pending, taken out in the one in which it fails. What was canceled elsewhere is not in it.
create table refund_days (
    shop_id     blob    not null references shops (id),
    day         text    not null check (length(day) = 10),
    sum         integer not null check (sum >= 0),
    primary key (shop_id, day)
) strict, without rowid;
