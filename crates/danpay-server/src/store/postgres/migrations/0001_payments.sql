-- Amounts are whole KRW. Ids are UUIDv7, which sort by time. Times are timestamptz: people read
-- them, and what a server sends is UTC whatever the database's time zone is. JSON is of the type
-- json, which keeps what it is given to the byte (jsonb would reorder it, and refuse a NUL that
-- KakaoPay might send). That it agrees with the columns is found out when a row is read: to read it
-- anew at each write cost a seventh of the database's time.

-- Who sells. The first one is made of the server's own settings at its first start; its KakaoPay
-- secrets are never stored.
create table shops (
    id          uuid    not null primary key,
    name        text    not null constraint shops_name_once unique
                        constraint shops_name_length check (length(name) between 1 and 100),
    -- True for the one whose settings are the server's.
    is_first    boolean not null,
    -- Addresses, limits and rules of it; no secret is in it.
    settings    json    not null,
    -- Counts its changes, so that servers notice one.
    version     integer not null constraint shops_version_counts check (version >= 1),
    created_at  timestamptz not null,
    disabled_at timestamptz
);

create unique index shops_one_first on shops (is_first) where is_first;

-- A shop's contracts with KakaoPay, by their merchant codes. Secrets are sealed with the master key.
create table accounts (
    shop_id     uuid    not null references shops (id),
    cid         text    not null constraint accounts_cid_length check (length(cid) between 1 and 20),
    secret_key  bytea   not null,
    cid_secret  bytea,
    created_at  timestamptz not null,
    constraint accounts_once primary key (shop_id, cid)
);

create table payments (
    id          uuid    not null,
    shop_id     uuid    not null,
    version     integer not null constraint payments_version_counts check (version >= 1),
    status      text    not null constraint payments_status_is_known check (status in (
        'ready', 'authenticated', 'approving', 'approved', 'partially_canceled', 'canceled',
        'quit', 'failed', 'expired', 'withdrawn')),
    livemode    boolean not null,
    order_id    text    not null,
    user_id     text    not null,
    total       bigint  not null constraint payments_total_is_money check (total > 0),
    cid         text    not null,
    tid         text    not null,
    -- The shop's order as it was asked for, and KakaoPay's addresses for the payer (lost if it
    -- was restored from the log); never changed, but that
    -- `danpay erase` takes what tells of persons.
    "order"     json    not null,
    redirect    json,
    -- What the status's own data is; no secret is in it.
    state       json    not null,
    -- The payer's secrets, here only while a call to approve may need them: the token of the next
    -- call, and another one that is tried if that is not the payer's.
    pg_token    text,
    further_pg_token text,
    -- Why somebody has to look at it, as JSON.
    review      text,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    updated_at  timestamptz not null,
    looked_up_at timestamptz,
    constraint payments_once primary key (id, shop_id),
    constraint payments_tid_once unique (tid, shop_id),
    constraint payments_expire_later check (expires_at > created_at),
    constraint payments_token_while_needed check (
        (pg_token is not null) = (status in ('authenticated', 'approving'))),
    constraint payments_further_token_beside_one check (
        further_pg_token is null or pg_token is not null)
)
-- A payment is written three or four times and then rests. No column that changes has an index
-- (what is due has a table of its own), so each change stays on its page and costs no index
-- anything: room for it is left there, and what is dead is cleared away before it is much.
with (fillfactor = 70,
      autovacuum_vacuum_scale_factor = 0.02,
      autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02);

create index payments_of_shop on payments (shop_id, id);
-- Payments stay. What belongs to one is written in the statement that has its row in hand, so it needs
-- no foreign key to find out that the payment is there.
create function payments_stay() returns trigger language plpgsql as $$
begin
    raise exception 'constraint: payments are never deleted'
        using errcode = 'check_violation', constraint = 'payments_stay';
end
$$;

create trigger payments_stay before delete on payments
    for each statement execute function payments_stay();

-- A shop looks its payments up by its own numbers of the order and of the user.
create index payments_by_order on payments (shop_id, order_id, id);
create index payments_by_user on payments (shop_id, user_id, id);

-- The one payment of an order that is being charged, or has been: whoever is not here is not called
-- for. A row goes when its payment has left `approving` unpaid. No foreign key to the payments: the
-- row is written in the statement that has locked the payment, and payments stay.
create table order_claims (
    shop_id     uuid    not null,
    order_id    text    not null,
    payment_id  uuid    not null,
    constraint order_claims_once primary key (shop_id, order_id)
)
with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- When recovery looks at a payment next. Only payments that are open or in doubt have a row, so
-- however many there have been, this table and its indexes stay small.
create table due (
    payment_id  uuid    not null,
    shop_id     uuid    not null,
    at          timestamptz not null,
    -- A call to KakaoPay may have an effect that we have not learned.
    in_doubt    boolean not null,
    constraint due_once primary key (payment_id, shop_id)
)
with (fillfactor = 50,
      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_cost_delay = 0);

create index due_at on due (at);
create index due_in_doubt on due (payment_id) where in_doubt;

create table cancellations (
    id          uuid    not null,
    shop_id     uuid    not null,
    payment_id  uuid    not null,
    status      text    not null constraint cancellations_status_is_known
                        check (status in ('pending', 'done', 'failed')),
    total       bigint  not null constraint cancellations_total_is_money check (total > 0),
    -- Amount, reason and what the status's own data is; no secret is in it.
    body        json    not null,
    -- Under which key the shop asked for it, for as long as it exists: a refund that is asked for
    -- again, however late, is the same refund.
    idempotency_key text constraint cancellations_key_length
                         check (length(idempotency_key) between 1 and 255),
    request_hash bytea   constraint cancellations_hash check (octet_length(request_hash) = 32),
    constraint cancellations_key_with_hash check (
        (idempotency_key is null) = (request_hash is null)),
    constraint cancellations_once primary key (id, shop_id),
    constraint cancellations_payment foreign key (payment_id, shop_id)
        references payments (id, shop_id)
);

create unique index cancellations_key_once on cancellations (shop_id, idempotency_key)
    where idempotency_key is not null;
create index cancellations_of_payment on cancellations (payment_id, shop_id);
create unique index cancellations_one_pending on cancellations (payment_id, shop_id)
    where status = 'pending';

-- What is pending and done never exceeds what was paid, whatever the code believes. The payment's
-- row is locked, so that of two at a time each sees the other.
create function cancellations_keep_the_ceiling() returns trigger language plpgsql as $$
declare
    paid bigint;
begin
    select total into strict paid from payments
        where id = new.payment_id and shop_id = new.shop_id for no key update;
    if (select sum(total) from cancellations
        where payment_id = new.payment_id and shop_id = new.shop_id and status <> 'failed') > paid then
        raise exception 'more would be canceled than was paid'
            using errcode = 'check_violation', constraint = 'cancellations_ceiling';
    end if;
    return null;
end
$$;

create trigger cancellations_ceiling after insert or update on cancellations
    for each row execute function cancellations_keep_the_ceiling();

-- By month of the payment, which its id begins with: so all events of a payment are in one
-- partition, a read goes to that one, the primary key holds for all of them, and a whole month of
-- histories can go at once. Partitions are made ahead; what has none is taken by the default one.
create table events (
    id          uuid    not null,
    shop_id     uuid    not null,
    payment_id  uuid    not null,
    sequence    integer not null constraint events_sequence_counts check (sequence >= 1),
    type        text    not null,
    at          timestamptz not null,
    "by"        text    not null,
    state       json    not null,
    cancellations json  not null,
    review      text,
    evidence    json,
    constraint events_one_per_change primary key (payment_id, sequence, shop_id)
) partition by range (payment_id);

create table events_default partition of events default;

-- What has happened is never rewritten.
create function events_are_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only'
        using errcode = 'check_violation', constraint = 'events_append_only';
end
$$;

create trigger events_append_only before update on events
    for each row execute function events_are_append_only();

-- What waits for its position: one row for each event that shops are told, born in the event's own
-- transaction. The sequencer takes it away. No foreign key to the events: looking through their
-- partitions for it took a fifth of the whole commit's time, and it would keep them from going.
create table outbox (
    payment_id  uuid    not null,
    sequence    integer not null,
    shop_id     uuid    not null,
    event_id    uuid    not null,
    constraint outbox_in_order primary key (payment_id, sequence, shop_id)
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_cost_delay = 0);

-- The events that a shop is told, in the order in which it reads them. A position is given after the
-- event's commit, so whoever has read up to one finds what was committed late behind it.
create table positions (
    shop_id     uuid    not null,
    position    bigint  not null constraint positions_count check (position >= 1),
    event_id    uuid    not null,
    payment_id  uuid    not null,
    sequence    integer not null,
    constraint positions_of_shop primary key (shop_id, position),
    constraint positions_once unique (event_id, shop_id)
)
with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- The last position of each shop that was given: it stays when the events are pruned.
create table last_positions (
    shop_id     uuid    not null primary key,
    position    bigint  not null
)
with (fillfactor = 10);

-- What one server does at a time, and which one, until when.
create table leases (
    name        text    not null primary key,
    owner       uuid    not null,
    ends_at     timestamptz not null
)
with (fillfactor = 10);

-- What a shop asked for under a key, but for cancellations, which have theirs themselves. The answer
-- to a key that comes again is the payment as it stands then.
create table idempotency_keys (
    shop_id      uuid    not null,
    key          text    not null constraint idempotency_keys_length
                         check (length(key) between 1 and 255),
    request_hash bytea   not null constraint idempotency_keys_hash
                         check (octet_length(request_hash) = 32),
    payment_id   uuid    not null,
    created_at   timestamptz not null,
    constraint idempotency_keys_once primary key (shop_id, key)
);

-- Old keys go; new ones are added at its end.
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- Keys of the shop's door, by their hashes. A revoked one stays, so that it is known as such.
create table api_keys (
    hash        bytea   not null primary key constraint api_keys_hash
                        check (octet_length(hash) = 32),
    shop_id     uuid    not null references shops (id),
    name        text    not null constraint api_keys_name_length
                        check (length(name) between 1 and 100),
    role        text    not null constraint api_keys_role_is_known
                        check (role in ('full', 'sell', 'read')),
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    -- To the minute.
    last_used_at timestamptz,
    constraint api_keys_name_once unique (shop_id, name)
);

-- Keys of the servers' own: `return` makes the addresses by which KakaoPay brings payers back.
create table server_keys (
    name        text    not null primary key,
    key         bytea   not null constraint server_keys_length check (octet_length(key) = 32)
);

-- What each server writes to see that it can: a row each, so that none waits for another.
create table server_probes (
    server      uuid        not null primary key,
    at          timestamptz not null
);

-- Has a row while this database is a restored backup of which it is not yet known what it lacks: until
-- then nothing is approved or canceled.
create table restored (
    only_one    boolean not null primary key constraint restored_once check (only_one),
    -- When the newest payment of the backup was created.
    newest_at   timestamptz not null
);

-- What a shop's refunds of a day in Korea come to, pending and done: counted in the commit that makes
-- one pending, taken out in the one in which it fails. What was canceled elsewhere is not in it. Each
-- change of a sum stays on its page.
create table refund_days (
    shop_id     uuid    not null,
    day         date    not null,
    sum         bigint  not null constraint refund_days_sum_is_money check (sum >= 0),
    constraint refund_days_once primary key (shop_id, day)
)
with (fillfactor = 50);
