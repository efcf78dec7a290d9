//! What was refunded on a day.

use tokio_postgres::types::Type;

use super::{Query, Task};

query!(REFUND_OBSTACLE Read (UUID, TEXT) "
select exists (select from restored) as restored,
    coalesce((select sum from refund_days where shop_id = $1 and day = $2::date), 0) as sum");

query!(PRUNE_REFUND_DAYS Write (TEXT) "delete from refund_days where day < $1::date");
