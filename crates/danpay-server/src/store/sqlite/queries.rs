//! Every statement, once. Parameters are `?1`: SQLite would read `$1` as a name.

pub(super) const INSERT_PAYMENT: &str = r#"
insert into payments (
    id, version, status, livemode, order_id, total, cid, tid, "order", redirect,
    state, pg_token, further_pg_token, review, created_at, expires_at, updated_at, next_check_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"#;

pub(super) const UPDATE_PAYMENT: &str = "
update payments
set version = ?2, status = ?3, state = ?4, pg_token = ?5, review = ?6,
    updated_at = ?7, next_check_at = ?8, further_pg_token = ?9
where id = ?1 and version = ?2 - 1";

macro_rules! select_payments {
    ($which:literal) => {
        concat!(
            r#"select id, version, livemode, cid, tid, "order", redirect, state, pg_token,
    further_pg_token, review, created_at, expires_at from payments "#,
            $which
        )
    };
}

pub(super) const SELECT_PAYMENT: &str = select_payments!("where id = ?1");

// Ids sort by their time, so the newest comes first.
pub(super) const LIST_PAYMENTS: &str = select_payments!("where id < ?1 order by id desc limit ?2");

pub(super) const LIST_PAYMENTS_OF_ORDER: &str =
    select_payments!("where order_id = ?3 and id < ?1 order by id desc limit ?2");

pub(super) const SELECT_ID_OF_TID: &str = "select id from payments where tid = ?1";

pub(super) const INSERT_EVENT: &str = r#"
insert into events
    (id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"#;

pub(super) const INSERT_OUTBOX: &str = "
insert into outbox (event_id, payment_id, sequence, created_at) values (?1, ?2, ?3, ?4)";

pub(super) const UPSERT_CANCELLATION: &str = "
insert into cancellations
    (id, payment_id, status, total, body, idempotency_key, request_hash)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on conflict (id) do update set status = excluded.status, total = excluded.total,
    body = excluded.body";

// Ids sort by their time, so the oldest comes first.
pub(super) const SELECT_CANCELLATIONS: &str =
    "select body from cancellations where payment_id = ?1 order by id";

pub(super) const SELECT_EVENTS: &str = r#"
select id, sequence, type, at, "by", state, cancellations, review, evidence
from events where payment_id = ?1 and sequence > ?2 order by sequence limit ?3"#;

pub(super) const CHECK_AT: &str =
    "update payments set next_check_at = ?1 where id = ?2 and version = ?3";

pub(super) const CLAIM_DUE: &str = "
update payments set next_check_at = ?2, looked_up_at = ?1
where id in (
    select id from payments where next_check_at <= ?1 order by next_check_at limit ?3)
returning id";

pub(super) const CLAIM_LOOKUP: &str = "
update payments set looked_up_at = ?1
where id = ?3 and (looked_up_at is null or looked_up_at <= ?2)";

pub(super) const LOOK_SOON: &str = "
update payments set next_check_at = min(coalesce(next_check_at, ?1), ?1) where id = ?2";

pub(super) const WAKE_IN_DOUBT: &str = "
update payments set next_check_at = ?1
where (status = 'approving'
    or id in (select payment_id from cancellations where status = 'pending'))
    and next_check_at > ?1";

pub(super) const INSERT_IDEMPOTENCY: &str = "
insert into idempotency_keys (key, request_hash, payment_id, created_at)
values (?1, ?2, ?3, ?4) on conflict (key) do nothing";

pub(super) const SELECT_IDEMPOTENCY: &str = "
select request_hash, payment_id, null as cancellation_id from idempotency_keys where key = ?1
union all
select request_hash, payment_id, id from cancellations where idempotency_key = ?1";

pub(super) const SELECT_HOLDER: &str = "
select payment_id, status in ('approved', 'partially_canceled', 'canceled')
from order_claims join payments on payments.id = payment_id
where order_claims.order_id = ?1";

pub(super) const TAKE_ORDER: &str = "
insert into order_claims (order_id, payment_id) values (?1, ?2)
on conflict (order_id) do update set payment_id = excluded.payment_id";

pub(super) const RELEASE_ORDER: &str =
    "delete from order_claims where order_id = ?1 and payment_id = ?2";

pub(super) const NEWEST_RESTORED: &str = "select newest_at from restored";

pub(super) const MARK_RESTORED: &str = "insert into restored (only_one, newest_at)
values (1, coalesce((select created_at from payments order by id desc limit 1), ?1))
on conflict (only_one) do nothing";

pub(super) const CLEAR_RESTORED: &str = "delete from restored";

pub(super) const ADD_SERVER_KEY: &str =
    "insert into server_keys (name, key) values (?1, ?2) on conflict (name) do nothing";

pub(super) const SELECT_SERVER_KEY: &str = "select key from server_keys where name = ?1";

pub(super) const INSERT_API_KEY: &str =
    "insert into api_keys (hash, name, created_at) values (?1, ?2, ?3)";

pub(super) const SELECT_API_KEY: &str = "select 1 from api_keys where hash = ?1";

pub(super) const SELECT_ANY_API_KEY: &str = "select 1 from api_keys limit 1";

// At rest is what nobody will look at again.
pub(super) const PRUNABLE: &str = "
select distinct payment_id from events join payments on payments.id = payment_id
where payment_id < ?1 and next_check_at is null limit ?2";

pub(super) const PRUNE_OUTBOX: &str = "delete from outbox where payment_id = ?1";

pub(super) const PRUNE_EVENTS: &str = "delete from events where payment_id = ?1";

// Rows come in the order of their time, so the oldest are the first: no index is needed for them.
pub(super) const PRUNE_KEYS: &str = "
delete from idempotency_keys where created_at < ?1
    and rowid in (select rowid from idempotency_keys order by rowid limit ?2)";
