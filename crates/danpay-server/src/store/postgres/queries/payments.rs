//! Payments, and when to look at them.

use tokio_postgres::types::Type;

use super::{Query, Task};

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
macro_rules! claim_due {
    ($order:literal) => {
        concat!(
            "
update due set at = $2
where payment_id = any(array(
    select payment_id from due where at <= $1 and shop_id <> all($4) order by at ",
            $order,
            " limit $3
    for no key update skip locked))
returning payment_id as id, shop_id"
        )
    };
}

query!(CLAIM_OLDEST_DUE Write (TIMESTAMPTZ, TIMESTAMPTZ, INT8, UUID_ARRAY) claim_due!(""));

query!(CLAIM_NEWEST_DUE Write (TIMESTAMPTZ, TIMESTAMPTZ, INT8, UUID_ARRAY) claim_due!("desc"));

query!(ANY_LIVE Read () "select exists (select from payments where livemode)");

query!(COUNT_DUE Read (TIMESTAMPTZ, INT8) "
select count(*) from (select from due where at <= $1 limit $2) as waiting");

query!(LOOK_FIRST Write (UUID, UUID, TIMESTAMPTZ) "
update due set at = $3 where payment_id = $1 and shop_id = $2 and at <= $3");

query!(CLAIM_LOOKUP Write (UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ) "
with claimed as (
    update payments set looked_up_at = $3
    where id = $1 and shop_id = $2 and (looked_up_at is null or looked_up_at <= $4)
    returning id
)
select exists (select from claimed)");

query!(SCHEDULE_CHECK Write (UUID, UUID, TIMESTAMPTZ, TIMESTAMPTZ) "
insert into due (payment_id, shop_id, at, in_doubt)
select id, shop_id, $3, status = 'approving' from payments where id = $1 and shop_id = $2
on conflict (payment_id, shop_id) do update
    set at = case when due.at <= $4 then $4 else least(due.at, excluded.at) end");

query!(WAKE_IN_DOUBT Write (TIMESTAMPTZ) "
with woken as (
    update due set at = $1 where in_doubt and at > $1 returning 1
)
select count(*) from woken");
