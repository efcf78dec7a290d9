//! What is known under idempotency keys.

use tokio_postgres::types::Type;

use super::{Query, Task};

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
