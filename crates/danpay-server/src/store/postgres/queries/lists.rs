//! Payments in lists.

use tokio_postgres::types::Type;

use super::{Query, Task};

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
