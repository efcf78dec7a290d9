//! Webhook endpoints, and events on their way to them.

use tokio_postgres::types::Type;

use super::{Query, Task};

query!(ADD_ENDPOINT Write (
    UUID, UUID, TEXT, TEXT, TEXT, BYTEA, TIMESTAMPTZ, INT4
) "
with added as (
    insert into webhook_endpoints (id, shop_id, url, description, events, secret, created_at,
        version)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict do nothing
    returning 1
)
select count(*) from added");

macro_rules! endpoint_columns {
    () => {
        "endpoint.id, endpoint.shop_id, url, description, events, secret, old_secret, old_secret_until,
    rotated_at, failing_since, disabled_at, disabled_why, endpoint.created_at, version"
    };
}

query!(ENDPOINTS_OF Read (UUID) "select ", endpoint_columns!(), "
from webhook_endpoints as endpoint where shop_id = $1 order by id");

query!(ALL_ENDPOINTS Read () "select ", endpoint_columns!(), "
from webhook_endpoints as endpoint order by id");

// Nothing is written, and so no row comes back, if another endpoint has the address.
query!(UPDATE_ENDPOINT Write (
    UUID, UUID, TEXT, TEXT, TEXT, BYTEA, BYTEA, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, TEXT,
    INT4
) "
with taken as (
    select 1 from webhook_endpoints where shop_id = $2 and url = $3 and id <> $1
),
updated as (
    update webhook_endpoints
    set url = $3, description = $4, events = $5, secret = $6, old_secret = $7,
        old_secret_until = $8, rotated_at = $9, failing_since = $10, disabled_at = $11,
        disabled_why = $12, version = $13
    where id = $1 and shop_id = $2 and version = $13 - 1 and not exists (select from taken)
    returning 1
)
select exists (select from taken) as taken, exists (select from updated) as updated");

query!(REMOVE_ENDPOINT Write (UUID, UUID) "
with removed as (
    delete from webhook_endpoints where id = $1 and shop_id = $2 returning 1
)
select count(*) from removed");

macro_rules! delivery_columns {
    () => {
        "delivery.shop_id as delivery_shop, delivery.id as delivery_id, endpoint_id, subject_id, sequence,
    event_id, type, status, attempts, claims, in_flight_since, is_resend, refused_since, due_at,
    log::text, delivery.created_at as delivery_created"
    };
}

// Of each endpoint so many ($2, but of those of $3 the number of $4); what each waits for was not refused
// before $5.
query!(DUE_DELIVERIES Read (TIMESTAMPTZ, INT4, UUID_ARRAY, INT4_ARRAY, TIMESTAMPTZ) "
select ", endpoint_columns!(), ", ", delivery_columns!(), ",
    blocker.found, blocker.blocker_refused, blocker.blocker_due, blocker.blocker_flies
from webhook_endpoints as endpoint
left join unnest($3, $4) as less (less_id, less_most) on less_id = endpoint.id
cross join lateral (
    select * from webhook_deliveries
    where endpoint_id = endpoint.id and due_at <= $1
    order by due_at, id limit least(less_most, $2)
) as delivery
left join lateral (
    select true as found, before.refused_since as blocker_refused, before.due_at as blocker_due,
        before.in_flight_since is not null as blocker_flies
    from webhook_deliveries as before
    where before.endpoint_id = endpoint.id and before.subject_id = delivery.subject_id
        and before.sequence < delivery.sequence and before.status in ('pending', 'missed')
        and before.due_at is not null
        and (before.refused_since is null or before.refused_since > $5)
    order by before.sequence limit 1
) as blocker on true
where disabled_at is null and not exists (select from restored)
order by endpoint.id, due_at, delivery.id");

// Claims ($2 to $7), and what is put off ($8 to $11): each if it is still as it was read, and due at $1.
query!(CLAIM_DELIVERIES Write (
    TIMESTAMPTZ, UUID_ARRAY, UUID_ARRAY, TEXT_ARRAY, INT4_ARRAY, TIMESTAMPTZ_ARRAY, TIMESTAMPTZ_ARRAY,
    UUID_ARRAY, UUID_ARRAY, INT4_ARRAY, TIMESTAMPTZ_ARRAY
) "
with claim as (
    select * from unnest($2, $3, $4, $5, $6, $7)
        as claim (shop_id, id, status, claims, since, until)
),
later as (
    select * from unnest($8, $9, $10, $11) as later (shop_id, id, claims, until)
),
put_off as (
    update webhook_deliveries as delivery set due_at = later.until from later
    where delivery.shop_id = later.shop_id and delivery.id = later.id
        and delivery.claims = later.claims and delivery.due_at <= $1
),
claimed as (
    update webhook_deliveries as delivery
    set status = claim.status, claims = claim.claims, in_flight_since = claim.since,
        due_at = claim.until
    from claim
    where delivery.shop_id = claim.shop_id and delivery.id = claim.id
        and delivery.claims = claim.claims - 1 and delivery.due_at <= $1
    returning delivery.id
)
select id from claimed");

// What came of a claim, and what it does to its endpoint ($10: nothing, arrived, failing or disabled; $11
// since when, $12 why, if it fails since $18 still where that is why). The one that waits for it is due at
// once, unless it was refused itself. Of an endpoint that is disabled by it the shop's others are told, by
// the event $13 of $14. Nothing of it is written for an old claim.
query!(RECORD_ATTEMPT Write (
    UUID, UUID, INT4, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, UUID, UUID, TEXT, TIMESTAMPTZ, TEXT, UUID,
    TIMESTAMPTZ, TEXT, BOOL, INT4, TIMESTAMPTZ
) "
with recorded as (
    update webhook_deliveries
    set status = $4, in_flight_since = null, is_resend = $16, refused_since = $5, due_at = $6,
        log = $7::json, attempts = $17
    where shop_id = $1 and id = $2 and claims = $3
    returning sequence
),
woken as (
    update webhook_deliveries as next set due_at = 'epoch'::timestamptz
    from recorded
    where $6 is null and next.endpoint_id = $8 and next.subject_id = $9 and next.sequence = (
            select min(waiting.sequence) from webhook_deliveries as waiting
            where waiting.endpoint_id = $8 and waiting.subject_id = $9
                and waiting.sequence > recorded.sequence
                and waiting.status in ('pending', 'missed') and waiting.due_at is not null)
        and next.due_at > 'epoch'::timestamptz
        and next.in_flight_since is null and next.refused_since is null
),
arrived as (
    update webhook_endpoints set failing_since = null
    where $10 = 'arrived' and id = $8 and disabled_at is null and failing_since is not null
        and exists (select from recorded)
),
failing as (
    update webhook_endpoints set failing_since = coalesce(failing_since, $11)
    where $10 = 'failing' and id = $8 and disabled_at is null and exists (select from recorded)
),
disabled as (
    update webhook_endpoints set disabled_at = $11, disabled_why = $12, version = version + 1
    where $10 = 'disabled' and id = $8 and disabled_at is null and exists (select from recorded)
        and ($18 is null or failing_since <= $18)
    returning id, version
),
event as (
    select $13 as event_id, disabled.id as subject_id, disabled.version as sequence from disabled
),
told as (
    insert into webhook_deliveries (shop_id, id, endpoint_id, subject_id, sequence, event_id, type,
        status, attempts, claims, is_resend, due_at, log, created_at)
    select $1, ", delivery_id!(), ", endpoint.id, subject_id, sequence, event_id, $15,
        case when disabled_at is null then 'pending' else 'missed' end, 0, 0, false,
        'epoch'::timestamptz, '[]', $14
    from event join webhook_endpoints as endpoint on endpoint.shop_id = $1
        and endpoint.id <> subject_id
        and (events is null or strpos(events, '\"' || $15 || '\"') > 0)
)
select exists (select from disabled)");

query!(RESEND_DELIVERY Write (UUID, UUID, INT4, TIMESTAMPTZ) "
with resent as (
    update webhook_deliveries set is_resend = true, in_flight_since = null, due_at = $4
    where shop_id = $1 and id = $2 and claims = $3
    returning 1
)
select count(*) from resent");

query!(RESEND_FAILED Write (UUID, UUID, UUID, UUID, INT8, TIMESTAMPTZ) "
with failed as (
    select id from webhook_deliveries
    where shop_id = $1 and id > $2 and id < $3 and endpoint_id = $4 and status = 'failed'
    order by id limit $5
),
resent as (
    update webhook_deliveries as delivery set is_resend = true, due_at = $6 from failed
    where shop_id = $1 and delivery.id = failed.id and status = 'failed' and due_at is null
    returning 1
)
select (select count(*) from resent) as resent,
    (select id from failed order by id desc limit 1) as last,
    (select count(*) from failed) as found");

query!(SEND_MISSED Write (UUID, UUID, INT8) "
with missed as (
    select id from webhook_deliveries
    where shop_id = $1 and endpoint_id = $2 and status = 'missed' and due_at is null limit $3
),
sent as (
    update webhook_deliveries as delivery set due_at = 'epoch'::timestamptz from missed
    where shop_id = $1 and delivery.id = missed.id and status = 'missed' and due_at is null
    returning 1
)
select count(*) from sent");

query!(FORGET_MISSED Write (UUID, UUID, INT8) "
with missed as (
    select id from webhook_deliveries
    where shop_id = $1 and endpoint_id = $2 and status = 'missed' and due_at is not null limit $3
),
forgotten as (
    update webhook_deliveries as delivery set due_at = null from missed
    where shop_id = $1 and delivery.id = missed.id and status = 'missed'
    returning 1
)
select count(*) from forgotten");

// What is in flight is claimed by nobody any more, so that what comes of it is not recorded.
query!(MISS_PENDING Write (UUID, UUID, INT8) "
with pending as (
    select id from webhook_deliveries
    where endpoint_id = $2 and due_at is not null and shop_id = $1 limit $3
),
missed as (
    update webhook_deliveries as delivery
    set status = case when status = 'pending' then 'missed' else status end, is_resend = false,
        due_at = null, in_flight_since = null, claims = delivery.claims + 1
    from pending
    where shop_id = $1 and delivery.id = pending.id
    returning 1
)
select count(*) from missed");

query!(PRUNE_DELIVERIES Write (TIMESTAMPTZ, INT8) "
with old as (
    select shop_id, id from webhook_deliveries
    where created_at < $1 limit $2
),
pruned as (
    delete from webhook_deliveries as delivery using old
    where delivery.shop_id = old.shop_id and delivery.id = old.id
    returning 1
)
select count(*) from pruned");

query!(LIST_DELIVERIES Read (UUID, UUID, INT8) "select ", delivery_columns!(), "
from webhook_deliveries as delivery where shop_id = $1 and id < $2 order by id desc limit $3");

query!(DELIVERY Read (UUID, UUID) "select ", delivery_columns!(), "
from webhook_deliveries as delivery where shop_id = $1 and id = $2");
