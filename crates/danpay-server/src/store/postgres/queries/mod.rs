//! Every statement, once, each one round trip: a statement is a transaction of its own, so none
//! is ever open while something else is awaited.

use tokio_postgres::types::Type;

/// What a statement does, and a pool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Of several servers in its address, it finds the one that can be written.
    Write,
    /// Any will do.
    Read,
}

/// A statement and the types of its parameters. Named, so that the server need not be asked for
/// them where statements cannot be prepared.
pub(super) struct Query {
    pub(super) sql: &'static str,
    pub(super) types: &'static [Type],
    pub(super) task: Task,
}

macro_rules! query {
    ($name:ident $task:ident ($($type:ident),*) $($sql:expr),+) => {
        pub(super) const $name: Query = Query {
            sql: concat!($($sql),+),
            types: &[$(Type::$type),*],
            task: Task::$task,
        };
    };
}

/// What is written beside the payment's own row, if that was written (`changed` tells): when to
/// look next, cancellations, the event, that it waits for its position, the idempotency record. A taken key breaks the statement,
/// so that nothing of it remains.
macro_rules! beside {
    () => {
        r#",
check_then as (
    insert into due (payment_id, shop_id, at, in_doubt)
    select id, $27, $8, $9 from changed where $8 is not null
    on conflict (payment_id, shop_id) do update
        set at = excluded.at, in_doubt = excluded.in_doubt
),
check_never as (
    delete from due using changed
    where payment_id = changed.id and due.shop_id = $27 and $8 is null
),
moved as (
    insert into cancellations
        (id, shop_id, payment_id, status, total, body, idempotency_key, request_hash)
    select c.id, $27, changed.id, c.status, c.total, c.body::json,
        case when c.id = $25 then $22 end, case when c.id = $25 then $23 end
    from changed, unnest($18, $19, $20, $21) as c (id, status, total, body)
    on conflict (id, shop_id) do update
        set status = excluded.status, total = excluded.total, body = excluded.body
),
recorded as (
    insert into events
        (id, shop_id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence)
    select $10, $27, id, $11, $12, $7, $13, $14::json, $15::json, $16, $17::json from changed
),
waiting as (
    insert into outbox (event_id, shop_id, payment_id, sequence, created_at, type)
    select $10, $27, id, $11, $7, $12 from changed
),
keyed as (
    insert into idempotency_keys (shop_id, key, request_hash, payment_id, created_at)
    select $27, $22, $23, $24, $7 from changed where $22 is not null and $25 is null
)
select count(*) from changed"#
    };
}

query!(CREATE Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID,
    BOOL, TEXT, INT8, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT
) r#"
with changed as (
    insert into payments (
        id, version, status, state, pg_token, review, updated_at, further_pg_token, shop_id,
        livemode, order_id, total, cid, tid, "order", redirect, created_at, expires_at, user_id)
    values ($1, $2, $3, $4::json, $5, $6, $7, $26, $27, $28, $29, $30, $31, $32, $33::json,
        $34::json, $35, $36, $37)
    returning id
)"#, beside!());

/// The new values of a payment's row.
macro_rules! set {
    () => {
        "
    set version = $2, status = $3, state = $4::json, pg_token = $5, review = $6, updated_at = $7,
        further_pg_token = $26 "
    };
}

query!(COMMIT Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID
) "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
)", beside!());

// The same for what takes the order ($28), from this payment ($29) if need be, or needs whole books
// ($30). The payment's own row is locked first, then the order's: so of two that claim an order
// at once one waits for the other, and sees it.
query!(CLAIM Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID,
    TEXT, UUID, BOOL
) "
with current as (
    select id from payments
    where id = $1 and shop_id = $27 and version = $2 - 1
        and not ($30 and exists (select from restored))
    for no key update
),
free as (
    insert into order_claims (shop_id, order_id, payment_id)
    select $27, $28, id from current where $28 is not null
    on conflict (shop_id, order_id) do nothing
    returning payment_id
),
mine as (
    select payment_id from order_claims
    where shop_id = $27 and order_id = $28 and payment_id = $1 for no key update
),
taken_over as (
    update order_claims set payment_id = $1 from current
    where shop_id = $27 and order_id = $28 and payment_id = $29
    returning payment_id
),
changed as (
    update payments", set!(), "
    from current
    where payments.id = current.id and payments.shop_id = $27
        and ($28 is null or exists (select from free) or exists (select from taken_over)
            or exists (select from mine))
    returning payments.id
)", beside!());

query!(RELEASE Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID,
    TEXT
) "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
),
released as (
    delete from order_claims using changed
    where shop_id = $27 and order_id = $28 and order_claims.payment_id = changed.id
)", beside!());

// Whether these books are a backup of which it is not known what it lacks, and which other payment
// than $3 has the order $2 of the shop $1.
query!(OBSTACLE Read (UUID, TEXT, UUID) "
select exists (select from restored) as restored, payments.id as holder,
    coalesce(payments.status in ('approved', 'partially_canceled', 'canceled'), false) as is_paid
from (select 1) as one
left join order_claims on order_claims.shop_id = $1 and order_id = $2 and payment_id <> $3
left join payments on payments.id = payment_id and payments.shop_id = $1");

/// Ids sort by their time, so the oldest cancellation comes first.
macro_rules! payments {
    () => {
        r#"
select id, shop_id, version, status, livemode, total, cid, tid, "order"::text, redirect::text, state::text, pg_token,
    further_pg_token, review, created_at, expires_at,
    array(select body::text from cancellations
        where payment_id = payments.id and cancellations.shop_id = payments.shop_id
        order by cancellations.id) as cancellations
from payments "#
    };
}

query!(PAYMENT Read (UUID, UUID) payments!(), "where id = $1 and shop_id = $2");

// A payer knows no shop.
query!(PAYERS_PAYMENT Read (UUID) payments!(), "where id = $1");

query!(WITH_TID Read (TEXT) "select id, shop_id from payments where tid = $1");

query!(EVENTS Read (UUID, UUID, INT4, INT8) r#"
select id, sequence, type, at, "by", state::text, cancellations::text, review,
    evidence::text
from events where payment_id = $1 and shop_id = $2 and sequence > $3
order by sequence limit $4"#);

// The lock keeps the version as it was found until the time is set.
query!(CHECK_AT Write (UUID, UUID, INT4, TIMESTAMPTZ) "
with current as (
    select id, shop_id, status from payments
    where id = $1 and shop_id = $2 and version = $3 for no key update
),
check_then as (
    insert into due (payment_id, shop_id, at, in_doubt)
    select id, shop_id, $4, status = 'approving' from current where $4 is not null
    on conflict (payment_id, shop_id) do update set at = excluded.at
),
check_never as (
    delete from due using current
    where payment_id = current.id and due.shop_id = current.shop_id and $4 is null
)
select count(*) from current");

// Rows that another server has in its hands are left to it, so nobody waits and nobody gets one
// that another has got. An array, so that each row is found by its key, however many there are.
query!(CLAIM_DUE Write (TIMESTAMPTZ, TIMESTAMPTZ, INT8, UUID_ARRAY) "
update due set at = $2
where payment_id = any(array(
    select payment_id from due where at <= $1 and shop_id <> all($4) order by at limit $3
    for no key update skip locked))
returning payment_id as id, shop_id");

query!(CLAIM_LOOKUP Write (UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ) "
with claimed as (
    update payments set looked_up_at = $3
    where id = $1 and shop_id = $2 and (looked_up_at is null or looked_up_at <= $4)
    returning id
)
select exists (select from claimed)");

query!(LOOK_SOON Write (UUID, UUID, TIMESTAMPTZ) "
insert into due (payment_id, shop_id, at, in_doubt)
select id, shop_id, $3, status = 'approving' from payments where id = $1 and shop_id = $2
on conflict (payment_id, shop_id) do update set at = least(due.at, excluded.at)");

query!(WAKE_IN_DOUBT Write (TIMESTAMPTZ) "
with woken as (
    update due set at = $1 where in_doubt and at > $1 returning 1
)
select count(*) from woken");

/// What is known under the key `$2` of the shop `$1`.
macro_rules! known {
    () => {
        "
select request_hash, payment_id, null::uuid as cancellation_id
from idempotency_keys where shop_id = $1 and key = $2
union all
select request_hash, payment_id, id from cancellations
where shop_id = $1 and idempotency_key = $2"
    };
}

query!(IDEMPOTENCY Read (UUID, TEXT) known!());

// All that can be against a new payment, asked at once.
query!(BEFORE_CREATE Read (UUID, TEXT, TEXT) "
select known.*, exists (select from restored) as restored, (
    select payments.id from order_claims
    join payments on payments.id = payment_id and payments.shop_id = order_claims.shop_id
    where order_claims.shop_id = $1 and order_claims.order_id = $3
        and status in ('approved', 'partially_canceled', 'canceled')) as paid_by
from (select 1) as one left join (", known!(), ") as known on true");

query!(PRUNE_KEYS Write (TIMESTAMPTZ, INT8) "
with gone as (
    delete from idempotency_keys where (shop_id, key) in (
        select shop_id, key from idempotency_keys
        where created_at < $1 order by created_at limit $2)
    returning 1
)
select count(*) from gone");

query!(ADD_SERVER_KEY Write (TEXT, BYTEA) "
insert into server_keys (name, key) values ($1, $2) on conflict (name) do nothing");

query!(SERVER_KEY Read (TEXT) "select key from server_keys where name = $1");

query!(NEWEST_RESTORED Read () "select newest_at from restored");

query!(MARK_RESTORED Write (TIMESTAMPTZ) "
insert into restored (only_one, newest_at)
values (true, coalesce((select created_at from payments order by id desc limit 1), $1))
on conflict (only_one) do nothing");

query!(CLEAR_RESTORED Write () "delete from restored");

query!(ADD_API_KEY Write (BYTEA, UUID, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ) "
with added as (
    insert into api_keys (hash, shop_id, name, role, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict on constraint api_keys_name_once do nothing
    returning 1
)
select count(*) from added");

/// An API key but for its hash.
macro_rules! api_keys {
    () => {
        "
select shop_id, name, role, created_at, expires_at, revoked_at, last_used_at from api_keys "
    };
}

query!(API_KEY Read (BYTEA) api_keys!(), "where hash = $1");

query!(API_KEYS Read (UUID) api_keys!(), "where shop_id = $1 order by created_at, name");

query!(REVOKE_API_KEY Write (UUID, TEXT, TIMESTAMPTZ) "
with revoked as (
    update api_keys set revoked_at = coalesce(revoked_at, $3) where shop_id = $1 and name = $2
    returning 1
)
select count(*) from revoked");

query!(API_KEY_USED Write (BYTEA, TIMESTAMPTZ) "
update api_keys set last_used_at = greatest(last_used_at, $2) where hash = $1");

query!(HAS_ANY_API_KEY Read () "select exists (select from api_keys)");

// The one that is there, or else this one.
query!(ADD_FIRST_SHOP Write (UUID, TEXT, TEXT, TIMESTAMPTZ) "
insert into shops (id, name, is_first, settings, version, created_at)
select $1, $2, true, $3::json, 1, $4 where not exists (select from shops where is_first)
on conflict do nothing");

query!(ADD_SHOP Write (UUID, TEXT, TEXT, TIMESTAMPTZ, TEXT, BYTEA, BYTEA) "
with added as (
    insert into shops (id, name, is_first, settings, version, created_at)
    values ($1, $2, false, $3::json, 1, $4)
    on conflict on constraint shops_name_once do nothing
    returning id
),
account as (
    insert into accounts (shop_id, cid, secret_key, cid_secret, created_at)
    select id, $5, $6, $7, $4 from added
)
select count(*) from added");

query!(UPDATE_SHOP Write (UUID, INT4, TEXT, TEXT, TIMESTAMPTZ) "
with updated as (
    update shops set version = version + 1, name = $3, settings = $4::json, disabled_at = $5
    where id = $1 and version = $2
    returning 1
)
select count(*) from updated");

/// Shops with their accounts.
macro_rules! shops {
    () => {
        "
select id, name, is_first, settings::text, version, created_at, disabled_at,
    array(select cid from accounts where shop_id = shops.id order by created_at, cid) as cids,
    array(select secret_key from accounts where shop_id = shops.id order by created_at, cid)
        as secret_keys,
    array(select cid_secret from accounts where shop_id = shops.id order by created_at, cid)
        as cid_secrets
from shops "
    };
}

query!(FIRST_SHOP Read () shops!(), "where is_first");

query!(SHOPS Read () shops!(), "order by id");

// The shop's version goes up, so that servers notice it.
query!(PUT_ACCOUNT Write (UUID, TEXT, BYTEA, BYTEA, TIMESTAMPTZ, BYTEA) "
with shop as (
    update shops set version = version + 1
    where id = $1 and ($6 is null or exists (
        select from accounts where shop_id = $1 and cid = $2 and secret_key = $6))
    returning id
),
put as (
    insert into accounts (shop_id, cid, secret_key, cid_secret, created_at)
    select id, $2, $3, $4, $5 from shop
    on conflict (shop_id, cid) do update
        set secret_key = excluded.secret_key, cid_secret = excluded.cid_secret
)
select count(*) from shop");

// A standby, and a server that has been told to take no writes, answer but cannot be written.
query!(IS_READ_ONLY Read () "
select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean");

// COMMIT for a refund, which is counted ($29) on its day ($28) in Korea if the sum is then at most $30,
// and needs whole books ($31). The payment's own row is locked first, then the day's: so of two
// refunds at once one waits for the other, and counts on top of it.
query!(REFUND Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID,
    TEXT, INT8, INT8, BOOL
) "
with current as (
    select id from payments
    where id = $1 and shop_id = $27 and version = $2 - 1
        and not ($31 and exists (select from restored))
    for no key update
),
counted as (
    insert into refund_days as refunded (shop_id, day, sum)
    select $27, $28::date, $29 from current where $30 is null or $29 <= $30
    on conflict (shop_id, day) do update set sum = refunded.sum + excluded.sum
        where $30 is null or refunded.sum + excluded.sum <= $30
    returning 1
),
changed as (
    update payments", set!(), "
    from current
    where payments.id = current.id and payments.shop_id = $27 and exists (select from counted)
    returning payments.id
)", beside!());

// COMMIT for a refund that has failed: it ($29) goes out of the sum of its day ($28). Never below 0: what
// is counted must not keep a refund from being settled.
query!(GIVE_REFUND_BACK Write (
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
    UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
    UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
    TEXT, BYTEA, UUID, UUID, TEXT, UUID,
    TEXT, INT8
) "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
),
given_back as (
    update refund_days set sum = greatest(sum - $29, 0) from changed
    where refund_days.shop_id = $27 and day = $28::date
)", beside!());

query!(REFUND_OBSTACLE Read (UUID, TEXT) "
select exists (select from restored) as restored,
    coalesce((select sum from refund_days where shop_id = $1 and day = $2::date), 0) as sum");

query!(PRUNE_REFUND_DAYS Write (TEXT) "delete from refund_days where day < $1::date");
// The events that wait longest, and of their payments those that come before them, whatever the
// servers' clocks have made of their ids. What can be seen of a payment is all up to its newest event:
// its changes are committed one after the other. An event follows the one before it, or the
// first that is left of a pruned history.
query!(OLDEST_WAITING Read (INT8) "
with oldest as (
    select payment_id, shop_id, max(sequence) as sequence
    from (select payment_id, shop_id, sequence from outbox order by event_id limit $1) as oldest
    group by payment_id, shop_id
)
select outbox.payment_id as id, outbox.shop_id, outbox.sequence, outbox.type,
    outbox.sequence - 1 = coalesce((
            select max(before.sequence) from events as before
            where before.payment_id = outbox.payment_id and before.shop_id = outbox.shop_id
                and before.sequence < outbox.sequence),
        outbox.sequence - 1) as follows
from outbox join oldest on outbox.payment_id = oldest.payment_id
    and outbox.shop_id = oldest.shop_id and outbox.sequence <= oldest.sequence
order by max(created_at) over (partition by outbox.payment_id order by outbox.sequence),
    outbox.payment_id, outbox.sequence");

// The lease's row is locked until all is written, so nobody can take the lease meanwhile. What
// somebody else has taken out of the outbox already gets no second position.
query!(GIVE_POSITIONS Write (
    TEXT, UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID_ARRAY, UUID_ARRAY, INT4_ARRAY, BOOL_ARRAY
) "
with lease as (
    insert into leases (name, owner, ends_at) values ($1, $2, $4)
    on conflict (name) do update set owner = excluded.owner, ends_at = excluded.ends_at
        where leases.owner = excluded.owner or leases.ends_at <= $3
    returning 1
),
given as (
    select * from unnest($5, $6, $7, $8) with ordinality
        as given (payment_id, shop_id, sequence, is_told, number)
),
taken as (
    delete from outbox using lease, given
    where outbox.payment_id = given.payment_id and outbox.shop_id = given.shop_id
        and outbox.sequence = given.sequence
    returning outbox.event_id, outbox.shop_id, outbox.payment_id, outbox.sequence,
        given.is_told, given.number
),
told as (
    select *, row_number() over (partition by shop_id order by number) as place,
        count(*) over (partition by shop_id) as places
    from taken where is_told
),
last as (
    insert into last_positions (shop_id, position)
    select shop_id, count(*) from told group by shop_id
    on conflict (shop_id) do update
        set position = last_positions.position + excluded.position
    returning shop_id, position
),
placed as (
    insert into positions (shop_id, position, event_id, payment_id, sequence)
    select shop_id, position - places + place, event_id, payment_id, sequence
    from told join last using (shop_id)
)
select exists (select from lease)");

query!(POSITION Read (UUID, UUID)
    "select position from positions where event_id = $2 and shop_id = $1");

query!(SHOPS_EVENTS Read (UUID, INT8, INT8) r#"
select events.id, events.payment_id, events.sequence, type, at, "by", state::text,
    cancellations::text, review, evidence::text
from positions join events on events.payment_id = positions.payment_id
    and events.sequence = positions.sequence and events.shop_id = positions.shop_id
where positions.shop_id = $1 and position > $2 order by position limit $3"#);

query!(PAYMENTS_OF Read (UUID, UUID_ARRAY) payments!(), "where shop_id = $1 and id = any($2)");

/// Each list has its index; what else is asked of a payment ($6 and so on) is asked of its row.
macro_rules! list {
    ($name:ident $number:literal) => {
        query!($name Read (
            UUID, UUID, UUID, INT8, TEXT, TEXT, TEXT, TEXT, BOOL, TIMESTAMPTZ, TIMESTAMPTZ
        ) payments!(), "where shop_id = $1 and id < $2 and id >= $3", $number, "
    and ($6 is null or user_id = $6)
    and ($7 is null or status = $7)
    and ($8 is null or cid = $8)
    and ($9 is null or (review is not null) = $9)
    and ($10 is null or created_at >= $10)
    and ($11 is null or created_at < $11)
order by id desc limit $4");
    };
}

list!(LIST "");
list!(LIST_OF_ORDER " and order_id = $5");
list!(LIST_OF_USER " and user_id = $5");

/// The id of the payment before which so many ($4) are looked at.
macro_rules! looks_until {
    ($name:ident $number:literal) => {
        query!($name Read (UUID, UUID, UUID, INT8, TEXT)
            "select id from payments where shop_id = $1 and id < $2 and id >= $3", $number, "
order by id desc limit 1 offset $4");
    };
}

looks_until!(LOOKS_UNTIL "");
looks_until!(LOOKS_UNTIL_OF_ORDER " and order_id = $5");
looks_until!(LOOKS_UNTIL_OF_USER " and user_id = $5");
