//! What tells of persons goes from old payments.

use tokio_postgres::types::Type;

use super::{Query, Task};

// Locked as they were read, so that nothing of them changes before they are written. A row that a server
// has in its hands is left to it.
query!(ERASABLE Write (UUID, UUID, TEXT, INT8) payments!(), "
where id > $1 and id < $2
    and not exists (select from due where payment_id = id and due.shop_id = payments.shop_id)
    and (user_id <> $3 or redirect is not null)
order by id limit $4
for no key update of payments skip locked");

query!(ERASE Write (UUID_ARRAY, TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY, TEXT_ARRAY, TEXT) r#"
with erased_cancellations as (
    update cancellations set body = given.body::json
    from unnest($4, $5) as given (id, body) where cancellations.id = given.id
),
pruned_outbox as (
    delete from outbox where payment_id = any($1)
),
pruned_positions as (
    delete from positions where payment_id = any($1)
),
pruned_events as (
    delete from events where payment_id = any($1)
)
update payments set "order" = given."order"::json, state = given.state::json, user_id = $6, redirect = null
from unnest($1, $2, $3) as given (id, "order", state) where payments.id = given.id"#);
