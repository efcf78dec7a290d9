//! Every statement about webhooks, once.

pub(super) const INSERT_ENDPOINT: &str = "
insert into webhook_endpoints (id, shop_id, url, description, events, secret, created_at, version)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
on conflict do nothing";

macro_rules! endpoints {
    ($which:literal) => {
        concat!(
            "select id, shop_id, url, description, events, secret, old_secret, old_secret_until, rotated_at,
    failing_since, disabled_at, disabled_why, created_at, version
from webhook_endpoints ",
            $which
        )
    };
}

pub(super) const SELECT_ENDPOINTS_OF: &str = endpoints!("where shop_id = ?1 order by id");

pub(super) const SELECT_ALL_ENDPOINTS: &str = endpoints!("order by id");

pub(super) const SELECT_ENABLED_ENDPOINTS: &str =
    endpoints!("where disabled_at is null and not exists (select 1 from restored) order by id");

pub(super) const SELECT_TAKEN: &str = "
select 1 from webhook_endpoints where shop_id = ?1 and url = ?2 and id <> ?3";

pub(super) const UPDATE_ENDPOINT: &str = "
update webhook_endpoints
set url = ?3, description = ?4, events = ?5, secret = ?6, old_secret = ?7, old_secret_until = ?8,
    rotated_at = ?9, failing_since = ?10, disabled_at = ?11, disabled_why = ?12, version = ?13
where id = ?1 and shop_id = ?2 and version = ?13 - 1";

pub(super) const DELETE_ENDPOINT: &str =
    "delete from webhook_endpoints where id = ?1 and shop_id = ?2";

// What is in flight is claimed by nobody any more, so that what comes of it is not recorded.
pub(super) const MISS_PENDING: &str = "
update webhook_deliveries
set status = iif(status = 'pending', 'missed', status), is_resend = 0, due_at = null,
    in_flight_since = null, claims = claims + 1
where rowid in (
    select rowid from webhook_deliveries
    where endpoint_id = ?2 and due_at is not null and shop_id = ?1 limit ?3)";

pub(super) const ENDPOINT_ARRIVED: &str = "
update webhook_endpoints set failing_since = null
where id = ?1 and disabled_at is null and failing_since is not null";

pub(super) const ENDPOINT_FAILING: &str = "
update webhook_endpoints set failing_since = coalesce(failing_since, ?2)
where id = ?1 and disabled_at is null";

// If it fails since ?4 still, where that is why.
pub(super) const DISABLE_ENDPOINT: &str = "
update webhook_endpoints set disabled_at = ?2, disabled_why = ?3, version = version + 1
where id = ?1 and disabled_at is null and (?4 is null or failing_since <= ?4) returning version";

// Which endpoints of the shop hear the event of this name, in quotes.
pub(super) const HEARING: &str = "
select id, disabled_at is null from webhook_endpoints
where shop_id = ?1 and (events is null or instr(events, ?2) > 0)";

// Due at once, also for an endpoint that is disabled: it is looked for there once that is enabled.
pub(super) const INSERT_DELIVERY: &str = "
insert into webhook_deliveries (shop_id, id, endpoint_id, subject_id, sequence, event_id, type, status,
    attempts, claims, is_resend, due_at, log, created_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, '[]', ?9)";

macro_rules! deliveries {
    ($which:literal) => {
        concat!(
            "select shop_id, id, endpoint_id, subject_id, sequence, event_id, type, status, attempts, claims,
    in_flight_since, is_resend, refused_since, due_at, log, created_at
from webhook_deliveries ",
            $which
        )
    };
}

pub(super) const SELECT_DUE: &str =
    deliveries!("where endpoint_id = ?1 and due_at <= ?2 order by due_at, id limit ?3");

pub(super) const SELECT_BLOCKER: &str = "
select refused_since, due_at, in_flight_since is not null from webhook_deliveries
where endpoint_id = ?1 and subject_id = ?2 and sequence < ?3 and status in ('pending', 'missed')
    and due_at is not null and (refused_since is null or refused_since > ?4)
order by sequence limit 1";

pub(super) const CLAIM: &str = "
update webhook_deliveries
set status = ?4, claims = ?5, in_flight_since = ?6, due_at = ?7
where shop_id = ?1 and id = ?2 and claims = ?5 - 1 and due_at <= ?3";

pub(super) const PUT_OFF: &str = "
update webhook_deliveries set due_at = ?5
where shop_id = ?1 and id = ?2 and claims = ?4 and due_at <= ?3";

pub(super) const RECORD: &str = "
update webhook_deliveries
set status = ?4, in_flight_since = null, is_resend = ?8, refused_since = ?5, due_at = ?6, log = ?7,
    attempts = ?9
where shop_id = ?1 and id = ?2 and claims = ?3";

// The next one may have waited for it: it is due at once, unless it was refused itself.
pub(super) const WAKE_NEXT: &str = "
update webhook_deliveries set due_at = 0
where endpoint_id = ?1 and subject_id = ?2 and sequence = (
        select min(sequence) from webhook_deliveries
        where endpoint_id = ?1 and subject_id = ?2 and sequence > ?3
            and status in ('pending', 'missed') and due_at is not null)
    and due_at > 0 and in_flight_since is null and refused_since is null";

pub(super) const RESEND: &str = "
update webhook_deliveries set is_resend = 1, in_flight_since = null, due_at = ?4
where shop_id = ?1 and id = ?2 and claims = ?3";

pub(super) const SELECT_FAILED: &str = "
select id from webhook_deliveries
where shop_id = ?1 and id > ?2 and id < ?3 and endpoint_id = ?4 and status = 'failed'
order by id limit ?5";

pub(super) const RESEND_FAILED: &str = "
update webhook_deliveries set is_resend = 1, due_at = ?3
where shop_id = ?1 and id = ?2 and status = 'failed' and due_at is null";

pub(super) const SEND_MISSED: &str = "
update webhook_deliveries set due_at = 0
where rowid in (
    select rowid from webhook_deliveries
    where shop_id = ?1 and endpoint_id = ?2 and status = 'missed' and due_at is null limit ?3)";

pub(super) const FORGET_MISSED: &str = "
update webhook_deliveries set due_at = null
where rowid in (
    select rowid from webhook_deliveries
    where shop_id = ?1 and endpoint_id = ?2 and status = 'missed' and due_at is not null limit ?3)";

// Rows come in the order of their time, so the oldest are the first.
pub(super) const PRUNE_DELIVERIES: &str = "
delete from webhook_deliveries where created_at < ?1
    and rowid in (select rowid from webhook_deliveries order by rowid limit ?2)";

pub(super) const LIST_DELIVERIES: &str =
    deliveries!("where shop_id = ?1 and id < ?2 order by id desc limit ?3");

pub(super) const SELECT_DELIVERY: &str = deliveries!("where shop_id = ?1 and id = ?2");
