//! What shops are told, in its order.

use tokio_postgres::types::Type;

use super::{Query, Task};

query!(OLDEST_WAITING Read (INT8) "
select event_id, payment_id as id, shop_id, sequence from outbox
order by payment_id, sequence limit $1");

// The lease's row is locked until all is written, so nobody can take the lease meanwhile. What
// somebody else has taken out of the outbox already gets no second position.
query!(GIVE_POSITIONS Write (
    TEXT, UUID, TIMESTAMPTZ, TIMESTAMPTZ, UUID_ARRAY, UUID_ARRAY, INT4_ARRAY
) "
with lease as (
    insert into leases (name, owner, ends_at) values ($1, $2, $4)
    on conflict (name) do update set owner = excluded.owner, ends_at = excluded.ends_at
        where leases.owner = excluded.owner or leases.ends_at <= $3
    returning 1
),
given as (
    select * from unnest($5, $6, $7) with ordinality
        as given (payment_id, shop_id, sequence, number)
),
taken as (
    delete from outbox using lease, given
    where outbox.payment_id = given.payment_id and outbox.shop_id = given.shop_id
        and outbox.sequence = given.sequence
    returning outbox.event_id, outbox.shop_id, outbox.payment_id, outbox.sequence,
        given.number
),
told as (
    select *, row_number() over (partition by shop_id order by number) as place,
        count(*) over (partition by shop_id) as places
    from taken
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

query!(NEWEST_EVENT Read (UUID)
    "select event_id from positions where shop_id = $1 order by position desc limit 1");

query!(SHOPS_EVENTS Read (UUID, INT8, INT8) r#"
select events.id, events.payment_id, events.sequence, type, at, "by", state::text,
    cancellations::text, review, evidence::text
from positions join events on events.payment_id = positions.payment_id
    and events.sequence = positions.sequence and events.shop_id = positions.shop_id
where positions.shop_id = $1 and position > $2 order by position limit $3"#);

query!(PAYMENTS_OF Read (UUID, UUID_ARRAY) payments!(), "where shop_id = $1 and id = any($2)");
