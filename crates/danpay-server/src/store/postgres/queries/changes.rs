//! Changes of payments, each with all that is committed with it.
//!
//! A statement writes the changes of one shop ($1) that waited together, one row of `input` each: to
//! begin a statement and to commit it costs more than a row does.

use tokio_postgres::types::Type;

use super::{Query, Task};

/// A statement over `input`: of $2 to $22, which every change has, and of more columns if it names some.
macro_rules! input {
    ($parameters:literal $columns:literal) => {
        concat!(
            r#"
with input as (
    select * from unnest(
        $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22"#,
            $parameters,
            r#") as input (
        id, version, status, state, pg_token, further_pg_token, review, at, next_check, in_doubt,
        event_id, sequence, type, "by", event_state, event_cancellations, event_review, evidence,
        told, key, request_hash"#,
            $columns,
            ")
)"
        )
    };
}

macro_rules! query_of_input {
    ($name:ident ($($more:ident),*) $($sql:tt)+) => {
        query!($name Write (
            UUID,
            UUID_ARRAY, INT4_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY,
            TIMESTAMPTZ_ARRAY, TIMESTAMPTZ_ARRAY, BOOL_ARRAY,
            UUID_ARRAY, INT4_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY,
            TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, BYTEA_ARRAY $(, $more)*
        ) $($sql)+);
    };
}

/// A change of a payment that is there. $23 to $29 are the cancellations that it moves, `$more` its own.
macro_rules! change {
    ($name:ident ($($more:ident),*) $($sql:tt)+) => {
        query_of_input!($name (
            UUID_ARRAY, UUID_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY, TEXT_ARRAY, BYTEA_ARRAY
            $(, $more)*
        ) $($sql)+);
    };
}

/// What is written beside the payments' own rows, of those that were written: `changed` has their input.
macro_rules! beside {
    ($($part:ident),+) => {
        concat!($(beside!(@ $part),)+ "\nselect id from changed")
    };
    // When to look next.
    (@ then) => {
        ",
check_then as (
    insert into due (payment_id, shop_id, at, in_doubt)
    select id, $1, next_check, in_doubt from changed where next_check is not null
    on conflict (payment_id, shop_id) do update
        set at = excluded.at, in_doubt = excluded.in_doubt
)"
    };
    (@ never) => {
        ",
check_never as (
    delete from due using changed
    where payment_id = changed.id and due.shop_id = $1 and changed.next_check is null
)"
    };
    (@ cancellations) => {
        ",
moved as (
    insert into cancellations
        (id, shop_id, payment_id, status, total, body, idempotency_key, request_hash)
    select c.id, $1, c.payment_id, c.status, c.total, c.body::json, c.key, c.request_hash
    from changed
    join unnest($23, $24, $25, $26, $27, $28, $29)
        as c (payment_id, id, status, total, body, key, request_hash)
        on c.payment_id = changed.id
    on conflict (id, shop_id) do update
        set status = excluded.status, total = excluded.total, body = excluded.body
)"
    };
    (@ event) => {
        r#",
recorded as (
    insert into events
        (id, shop_id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence)
    select event_id, $1, id, sequence, type, at, "by", event_state::json,
        event_cancellations::json, event_review, evidence::json
    from changed
)"#
    };
    // That it waits for its position, and a delivery for each endpoint that hears it.
    (@ told) => {
        concat!(
            ",
waiting as (
    insert into outbox (event_id, shop_id, payment_id, sequence)
    select event_id, $1, id, sequence from changed where told is not null
),
born as (
    insert into webhook_deliveries (shop_id, id, endpoint_id, subject_id, sequence, event_id, type,
        status, attempts, claims, is_resend, due_at, log, created_at)
    select $1, ", delivery_id!(), ", endpoint.id, changed.id, sequence, event_id, told,
        case when disabled_at is null then 'pending' else 'missed' end, 0, 0, false,
        'epoch'::timestamptz, '[]', at
    from changed join webhook_endpoints as endpoint on endpoint.shop_id = $1
        and (events is null or strpos(events, '\"' || told || '\"') > 0)
    where told is not null
)"
        )
    };
    // A key that is taken breaks the statement, so that nothing of it remains.
    (@ key) => {
        ",
keyed as (
    insert into idempotency_keys (shop_id, key, request_hash, payment_id, created_at)
    select $1, key, request_hash, id, at from changed where key is not null
)"
    };
}

query_of_input!(CREATE (
    BOOL_ARRAY, TEXT_ARRAY, INT8_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY,
    TIMESTAMPTZ_ARRAY, TIMESTAMPTZ_ARRAY, TEXT_ARRAY
) input!(
    ", $23, $24, $25, $26, $27, $28, $29, $30, $31, $32"
    r#", livemode, order_id, total, cid, tid, "order", redirect, created_at, expires_at, user_id"#
), r#",
created as (
    insert into payments (
        id, version, status, state, pg_token, review, updated_at, further_pg_token, shop_id,
        livemode, order_id, total, cid, tid, "order", redirect, created_at, expires_at, user_id)
    select id, version, status, state::json, pg_token, review, at, further_pg_token, $1,
        livemode, order_id, total, cid, tid, "order"::json, redirect::json, created_at, expires_at,
        user_id
    from input
),
changed as (
    select * from input
)"#, beside!(then, event, told, key));

/// The new values of a payment's row.
macro_rules! set {
    () => {
        "
    set version = input.version, status = input.status, state = input.state::json,
        pg_token = input.pg_token, further_pg_token = input.further_pg_token,
        review = input.review, updated_at = input.at "
    };
}

/// Payments that are still as they were when their changes were decided.
macro_rules! changed {
    () => {
        concat!(
            ",
changed as (
    update payments",
            set!(),
            "
    from input
    where payments.id = input.id and payments.shop_id = $1
        and payments.version = input.version - 1
    returning input.*
)"
        )
    };
}

change!(COMMIT () input!("" ""), changed!(),
    beside!(then, never, cancellations, event, told, key));

/// The payments' own rows are locked first, by whoever claims a call.
macro_rules! current {
    ($needs_whole_database:literal) => {
        concat!(
            ",
current as (
    select input.* from input
    join payments on payments.id = input.id and payments.shop_id = $1
        and payments.version = input.version - 1
    where not (",
            $needs_whole_database,
            " and exists (select from restored))
    for no key update of payments
)"
        )
    };
}

// What takes its order, from the payment `taken_from` if need be, or needs the whole database. The order's row
// is locked after the payment's: so of two that claim an order at once one waits for the other, and sees
// it.
change!(CLAIM (TEXT_ARRAY, UUID_ARRAY, BOOL_ARRAY) input!(
    ", $30, $31, $32" ", order_id, taken_from, needs_whole_database"
), current!("input.needs_whole_database"), ",
free as (
    insert into order_claims (shop_id, order_id, payment_id)
    select $1, order_id, id from current where order_id is not null
    on conflict (shop_id, order_id) do nothing
    returning payment_id
),
mine as (
    select payment_id from order_claims
    join current on current.order_id = order_claims.order_id and current.id = payment_id
    where shop_id = $1
    for no key update of order_claims
),
taken_over as (
    update order_claims set payment_id = current.id from current
    where shop_id = $1 and order_claims.order_id = current.order_id and payment_id = taken_from
    returning payment_id
),
changed as (
    update payments", set!(), "
    from current as input
    where payments.id = input.id and payments.shop_id = $1 and (
        input.order_id is null
        or input.id in (select payment_id from free)
        or input.id in (select payment_id from taken_over)
        or input.id in (select payment_id from mine))
    returning input.*
)", beside!(then, never, cancellations, event, told, key));

// COMMIT of what gives its order back.
change!(RELEASE (TEXT_ARRAY) input!(", $30" ", order_id"), changed!(), ",
released as (
    delete from order_claims using changed
    where shop_id = $1 and order_claims.order_id = changed.order_id and payment_id = changed.id
)", beside!(then, never, cancellations, event, told, key));

// COMMIT of one refund, which is counted ($31) on its day ($30) in Korea if the sum is then at most $32,
// and needs the whole database ($33). The payment's own row is locked first, then the day's: so of two
// refunds at once one waits for the other, and counts on top of it.
change!(REFUND (TEXT, INT8, INT8, BOOL) input!("" ""), current!("$33"), ",
counted as (
    insert into refund_days as refunded (shop_id, day, sum)
    select $1, $30::date, $31 from current where $32 is null or $31 <= $32
    on conflict (shop_id, day) do update set sum = refunded.sum + excluded.sum
        where $32 is null or refunded.sum + excluded.sum <= $32
    returning 1
),
changed as (
    update payments", set!(), "
    from current as input
    where payments.id = input.id and payments.shop_id = $1 and exists (select from counted)
    returning input.*
)", beside!(then, never, cancellations, event, told, key));

// COMMIT of one refund that has failed: it ($31) goes out of the sum of its day ($30). Never below 0: what
// is counted must not keep a refund from being settled.
change!(GIVE_REFUND_BACK (TEXT, INT8) input!("" ""), changed!(), ",
given_back as (
    update refund_days set sum = greatest(sum - $31, 0) from changed
    where refund_days.shop_id = $1 and day = $30::date
)", beside!(then, never, cancellations, event, told, key));

// Whether this database is a backup of which it is not known what it lacks, and which other payment
// than $3 has the order $2 of the shop $1.
query!(OBSTACLE Read (UUID, TEXT, UUID) "
select exists (select from restored) as restored, payments.id as holder,
    coalesce(payments.status in ('approved', 'partially_canceled', 'canceled'), false) as is_paid
from (select 1) as one
left join order_claims on order_claims.shop_id = $1 and order_id = $2 and payment_id <> $3
left join payments on payments.id = payment_id and payments.shop_id = $1");
