//! Changes of a payment, each with all that is committed with it.

use tokio_postgres::types::Type;

use super::{Query, Task};

/// A change of a payment. Its first 27 parameters are those of every change, which `beside` and `set`
/// name; `$more` are its own.
macro_rules! change {
    ($name:ident ($($more:ident),*) $($sql:tt)+) => {
        query!($name Write (
            UUID, INT4, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL,
            UUID, INT4, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT,
            UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY,
            TEXT, BYTEA, BOOL, UUID, TEXT, UUID $(, $more)*
        ) $($sql)+);
    };
}

/// What is written beside the payment's own row, if that was written (`changed` tells). A statement has
/// only those parts that it may need: each costs its share to begin, also when it writes nothing.
macro_rules! beside {
    ($($part:ident),+) => {
        concat!($(beside!(@ $part),)+ "\nselect count(*) from changed")
    };
    // When to look next.
    (@ then) => {
        ",
check_then as (
    insert into due (payment_id, shop_id, at, in_doubt)
    select id, $27, $8, $9 from changed where $8 is not null
    on conflict (payment_id, shop_id) do update
        set at = excluded.at, in_doubt = excluded.in_doubt
)"
    };
    (@ never) => {
        ",
check_never as (
    delete from due using changed
    where payment_id = changed.id and due.shop_id = $27 and $8 is null
)"
    };
    (@ cancellations) => {
        ",
moved as (
    insert into cancellations
        (id, shop_id, payment_id, status, total, body, idempotency_key, request_hash)
    select c.id, $27, changed.id, c.status, c.total, c.body::json,
        case when c.id = $25 then $22 end, case when c.id = $25 then $23 end
    from changed, unnest($18, $19, $20, $21) as c (id, status, total, body)
    on conflict (id, shop_id) do update
        set status = excluded.status, total = excluded.total, body = excluded.body
)"
    };
    (@ event) => {
        r#",
recorded as (
    insert into events
        (id, shop_id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence)
    select $10, $27, id, $11, $12, $7, $13, $14::json, $15::json, $16, $17::json from changed
)"#
    };
    // That it waits for its position.
    (@ told) => {
        ",
waiting as (
    insert into outbox (event_id, shop_id, payment_id, sequence)
    select $10, $27, id, $11 from changed where $24
)"
    };
    // A key that is taken breaks the statement, so that nothing of it remains.
    (@ key) => {
        ",
keyed as (
    insert into idempotency_keys (shop_id, key, request_hash, payment_id, created_at)
    select $27, $22, $23, id, $7 from changed where $22 is not null and $25 is null
)"
    };
}

change!(CREATE (BOOL, TEXT, INT8, TEXT, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT) r#"
with changed as (
    insert into payments (
        id, version, status, state, pg_token, review, updated_at, further_pg_token, shop_id,
        livemode, order_id, total, cid, tid, "order", redirect, created_at, expires_at, user_id)
    values ($1, $2, $3, $4::json, $5, $6, $7, $26, $27, $28, $29, $30, $31, $32, $33::json,
        $34::json, $35, $36, $37)
    returning id
)"#, beside!(then, event, told, key));

/// The new values of a payment's row.
macro_rules! set {
    () => {
        "
    set version = $2, status = $3, state = $4::json, pg_token = $5, review = $6, updated_at = $7,
        further_pg_token = $26 "
    };
}

change!(COMMIT () "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
)", beside!(then, never, cancellations, event, told, key));

// COMMIT of what ends a payment, which nobody looks at again and nothing else comes with.
change!(COMMIT_LAST () "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
)", beside!(never, event, told));

/// What takes the order ($28), from this payment ($29) if need be, or needs whole books ($30). The
/// payment's own row is locked first, then the order's: so of two that claim an order at once one waits
/// for the other, and sees it.
macro_rules! claim {
    () => {
        concat!(
            "
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
    update payments",
            set!(),
            "
    from current
    where payments.id = current.id and payments.shop_id = $27
        and ($28 is null or exists (select from free) or exists (select from taken_over)
            or exists (select from mine))
    returning payments.id
)"
        )
    };
}

change!(CLAIM (TEXT, UUID, BOOL) claim!(), beside!(then, never, cancellations, event, told, key));

// CLAIM as payers cause it: it is looked at again, shops are not told, and nothing else comes with it.
change!(CLAIM_ALONE (TEXT, UUID, BOOL) claim!(), beside!(then, event));

change!(RELEASE (TEXT) "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
),
released as (
    delete from order_claims using changed
    where shop_id = $27 and order_id = $28 and order_claims.payment_id = changed.id
)", beside!(then, never, cancellations, event, told, key));

// COMMIT for a refund, which is counted ($29) on its day ($28) in Korea if the sum is then at most $30,
// and needs whole books ($31). The payment's own row is locked first, then the day's: so of two
// refunds at once one waits for the other, and counts on top of it.
change!(REFUND (TEXT, INT8, INT8, BOOL) "
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
)", beside!(then, never, cancellations, event, told, key));

// COMMIT for a refund that has failed: it ($29) goes out of the sum of its day ($28). Never below 0: what
// is counted must not keep a refund from being settled.
change!(GIVE_REFUND_BACK (TEXT, INT8) "
with changed as (
    update payments", set!(), "
    where id = $1 and shop_id = $27 and version = $2 - 1
    returning id
),
given_back as (
    update refund_days set sum = greatest(sum - $29, 0) from changed
    where refund_days.shop_id = $27 and day = $28::date
)", beside!(then, never, cancellations, event, told, key));

// Whether these books are a backup of which it is not known what it lacks, and which other payment
// than $3 has the order $2 of the shop $1.
query!(OBSTACLE Read (UUID, TEXT, UUID) "
select exists (select from restored) as restored, payments.id as holder,
    coalesce(payments.status in ('approved', 'partially_canceled', 'canceled'), false) as is_paid
from (select 1) as one
left join order_claims on order_claims.shop_id = $1 and order_id = $2 and payment_id <> $3
left join payments on payments.id = payment_id and payments.shop_id = $1");
