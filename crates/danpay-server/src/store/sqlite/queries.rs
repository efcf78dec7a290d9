//! Every statement, once. Parameters are `?1`: SQLite would read `$1` as a name.

pub(super) const INSERT_PAYMENT: &str = r#"
insert into payments (
    id, version, status, livemode, order_id, total, cid, tid, "order", redirect,
    state, pg_token, further_pg_token, review, created_at, expires_at, updated_at, next_check_at,
    shop_id, user_id)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20)"#;

pub(super) const UPDATE_PAYMENT: &str = "
update payments
set version = ?2, status = ?3, state = ?4, pg_token = ?5, review = ?6,
    updated_at = ?7, next_check_at = ?8, further_pg_token = ?9
where id = ?1 and shop_id = ?10 and version = ?2 - 1";

macro_rules! select_payments {
    ($which:expr) => {
        concat!(
            r#"select id, shop_id, version, status, livemode, total, cid, tid, "order", redirect, state, pg_token,
    further_pg_token, review, created_at, expires_at from payments "#,
            $which
        )
    };
}

pub(super) const SELECT_PAYMENT: &str = select_payments!("where id = ?1 and shop_id = ?2");

// A payer knows no shop.
pub(super) const SELECT_PAYERS_PAYMENT: &str = select_payments!("where id = ?1");

pub(super) const SELECT_WITH_TID: &str = "select id, shop_id from payments where tid = ?1";

pub(super) const INSERT_EVENT: &str = r#"
insert into events
    (id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence, shop_id,
    position)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"#;

pub(super) const UPSERT_CANCELLATION: &str = "
insert into cancellations
    (id, payment_id, status, total, body, idempotency_key, request_hash, shop_id)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
on conflict (id) do update set status = excluded.status, total = excluded.total,
    body = excluded.body";

// Ids sort by their time, so the oldest comes first.
pub(super) const SELECT_CANCELLATIONS: &str =
    "select body from cancellations where payment_id = ?1 and shop_id = ?2 order by id";

pub(super) const SELECT_EVENTS: &str = r#"
select id, sequence, type, at, "by", state, cancellations, review, evidence
from events where payment_id = ?1 and shop_id = ?4 and sequence > ?2 order by sequence limit ?3"#;

pub(super) const CHECK_AT: &str =
    "update payments set next_check_at = ?1 where id = ?2 and shop_id = ?4 and version = ?3";

// The shops that are left out stand in ?4, one after the other.
macro_rules! claim_due {
    ($order:literal) => {
        concat!(
            "
update payments set next_check_at = ?2, looked_up_at = ?1
where rowid in (
    select rowid from payments where next_check_at <= ?1 and instr(?4, shop_id) = 0
    order by next_check_at ",
            $order,
            " limit ?3)
returning id, shop_id"
        )
    };
}

pub(super) const CLAIM_OLDEST_DUE: &str = claim_due!("");

pub(super) const CLAIM_NEWEST_DUE: &str = claim_due!("desc");

pub(super) const ANY_LIVE: &str = "select exists (select 1 from payments where livemode = 1)";

pub(super) const COUNT_DUE: &str = "
select count(*) from (select 1 from payments where next_check_at <= ?1 limit ?2)";

pub(super) const LOOK_FIRST: &str = "
update payments set next_check_at = ?1
where id = ?2 and shop_id = ?3 and next_check_at <= ?1";

pub(super) const CLAIM_LOOKUP: &str = "
update payments set looked_up_at = ?1
where id = ?3 and shop_id = ?4 and (looked_up_at is null or looked_up_at <= ?2)";

pub(super) const SCHEDULE_CHECK: &str = "
update payments set next_check_at =
    case when next_check_at <= ?4 then ?4 else min(coalesce(next_check_at, ?1), ?1) end
where id = ?2 and shop_id = ?3";

pub(super) const WAKE_APPROVING: &str = "
update payments set next_check_at = ?1 where next_check_at > ?1 and status = 'approving'";

pub(super) const WAKE_CANCELING: &str = "
update payments set next_check_at = ?1
where (id, shop_id) in (select payment_id, shop_id from cancellations where status = 'pending')
    and next_check_at > ?1";

pub(super) const INSERT_IDEMPOTENCY: &str = "
insert into idempotency_keys (key, request_hash, payment_id, created_at, shop_id)
values (?1, ?2, ?3, ?4, ?5) on conflict (shop_id, key) do nothing";

pub(super) const SELECT_IDEMPOTENCY: &str = "
select request_hash, payment_id, null as cancellation_id from idempotency_keys where shop_id = ?2 and key = ?1
union all
select request_hash, payment_id, id from cancellations
where shop_id = ?2 and idempotency_key = ?1";

pub(super) const SELECT_HOLDER: &str = "
select payment_id, status in ('approved', 'partially_canceled', 'canceled')
from order_claims
join payments on payments.id = payment_id and payments.shop_id = order_claims.shop_id
where order_claims.shop_id = ?2 and order_claims.order_id = ?1";

pub(super) const TAKE_ORDER: &str = "
insert into order_claims (order_id, payment_id, shop_id) values (?1, ?2, ?3)
on conflict (shop_id, order_id) do update set payment_id = excluded.payment_id";

pub(super) const RELEASE_ORDER: &str =
    "delete from order_claims where order_id = ?1 and payment_id = ?2 and shop_id = ?3";

pub(super) const NEWEST_RESTORED: &str = "select newest_at from restored";

pub(super) const MARK_RESTORED: &str = "insert into restored (only_one, newest_at)
values (1, coalesce((select created_at from payments order by id desc limit 1), ?1))
on conflict (only_one) do nothing";

pub(super) const CLEAR_RESTORED: &str = "delete from restored";

pub(super) const ADD_SERVER_KEY: &str =
    "insert into server_keys (name, key) values (?1, ?2) on conflict (name) do nothing";

pub(super) const SELECT_SERVER_KEY: &str = "select key from server_keys where name = ?1";

pub(super) const PROBE: &str = "
insert into server_probes (server, at) values (?1, ?2) on conflict (server) do update set at = excluded.at";

pub(super) const PRUNE_PROBES: &str = "delete from server_probes where at < ?1";

pub(super) const INSERT_API_KEY: &str = "
insert into api_keys (hash, shop_id, name, role, created_at, expires_at)
values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (shop_id, name) do nothing";

macro_rules! select_api_keys {
    ($which:literal) => {
        concat!(
            "select shop_id, name, role, created_at, expires_at, revoked_at, last_used_at
from api_keys ",
            $which
        )
    };
}

pub(super) const SELECT_API_KEY: &str = select_api_keys!("where hash = ?1");

pub(super) const SELECT_API_KEYS: &str =
    select_api_keys!("where shop_id = ?1 order by created_at, name");

pub(super) const REVOKE_API_KEY: &str = "
update api_keys set revoked_at = coalesce(revoked_at, ?3) where shop_id = ?1 and name = ?2";

pub(super) const API_KEY_USED: &str = "
update api_keys set last_used_at = max(coalesce(last_used_at, ?2), ?2) where hash = ?1";

pub(super) const SELECT_ANY_API_KEY: &str = "select 1 from api_keys limit 1";

// At rest is what nobody will look at again.
pub(super) const PRUNABLE: &str = "
select distinct payment_id from events
join payments on payments.id = payment_id and payments.shop_id = events.shop_id
where payment_id < ?1 and next_check_at is null limit ?2";

pub(super) const KEEP_LAST_POSITION: &str = "
insert into last_positions (shop_id, position)
select shop_id, max(position) from events
where payment_id = ?1 and position is not null group by shop_id
on conflict (shop_id) do update set position = max(position, excluded.position)";

pub(super) const PRUNE_EVENTS: &str = "delete from events where payment_id = ?1";

// What has been erased already is passed over.
pub(super) const ERASABLE: &str = select_payments!(
    "where id > ?1 and id < ?2 and next_check_at is null
    and (user_id <> ?3 or redirect <> 'null') order by id limit ?4"
);

pub(super) const ERASE_PAYMENT: &str = r#"
update payments set "order" = ?1, redirect = ?2, state = ?3, user_id = ?4
where id = ?5 and shop_id = ?6"#;

pub(super) const ERASE_CANCELLATION: &str = "update cancellations set body = ?1 where id = ?2";

// Rows come in the order of their time, so the oldest are the first: no index is needed for them.
pub(super) const PRUNE_KEYS: &str = "
delete from idempotency_keys where created_at < ?1
    and rowid in (select rowid from idempotency_keys order by rowid limit ?2)";

// The one that is there, or else this one.
pub(super) const INSERT_FIRST_SHOP: &str = "
insert into shops (id, name, is_first, settings, version, created_at)
select ?1, ?2, 1, ?3, 1, ?4 where not exists (select 1 from shops where is_first = 1)";

pub(super) const INSERT_SHOP: &str = "
insert into shops (id, name, is_first, settings, version, created_at)
values (?1, ?2, 0, ?3, 1, ?4) on conflict (name) do nothing";

pub(super) const UPDATE_SHOP: &str = "
update shops set version = version + 1, name = ?3, settings = ?4, disabled_at = ?5
where id = ?1 and version = ?2";

// So that servers notice that an account of it has changed.
pub(super) const SHOP_CHANGED: &str = "
update shops set version = version + 1
where id = ?1 and (?3 is null or exists (
    select 1 from accounts where shop_id = ?1 and cid = ?2 and secret_key = ?3))";

macro_rules! select_shops {
    ($which:literal) => {
        concat!(
            "select id, name, is_first, settings, version, created_at, disabled_at from shops ",
            $which
        )
    };
}

pub(super) const SELECT_FIRST_SHOP: &str = select_shops!("where is_first = 1");

pub(super) const SELECT_SHOPS: &str = select_shops!("order by id");

pub(super) const SELECT_ACCOUNTS: &str = "
select cid, secret_key, cid_secret from accounts where shop_id = ?1 order by created_at, cid";

pub(super) const UPSERT_ACCOUNT: &str = "
insert into accounts (shop_id, cid, secret_key, cid_secret, created_at)
values (?1, ?2, ?3, ?4, ?5)
on conflict (shop_id, cid) do update
    set secret_key = excluded.secret_key, cid_secret = excluded.cid_secret";

pub(super) const SELECT_REFUND_DAY: &str =
    "select sum from refund_days where shop_id = ?1 and day = ?2";

pub(super) const COUNT_REFUND: &str = "
insert into refund_days (shop_id, day, sum) values (?1, ?2, ?3)
on conflict (shop_id, day) do update set sum = sum + excluded.sum";

// Never below 0: what is counted must not keep a refund from being settled.
pub(super) const GIVE_REFUND_BACK: &str =
    "update refund_days set sum = max(sum - ?3, 0) where shop_id = ?1 and day = ?2";

pub(super) const PRUNE_REFUND_DAYS: &str = "delete from refund_days where day < ?1";

// Of what is there, and of what was pruned.
pub(super) const NEXT_POSITION: &str = "
select 1 + max(
    coalesce((select max(position) from events where shop_id = ?1 and position is not null), 0),
    coalesce((select position from last_positions where shop_id = ?1), 0))";

pub(super) const SELECT_POSITION: &str =
    "select position from events where id = ?2 and shop_id = ?1 and position is not null";

pub(super) const SELECT_NEWEST_EVENT: &str = "
select id from events where shop_id = ?1 and position is not null
order by position desc limit 1";

pub(super) const SELECT_SHOPS_EVENTS: &str = r#"
select id, payment_id, sequence, type, at, "by", state, cancellations, review, evidence
from events
where shop_id = ?1 and position > ?2 order by position limit ?3"#;

/// By which index a list finds its payments.
macro_rules! listed_by {
    (shop) => {
        "where shop_id = ?1 and id < ?2 and id >= ?3"
    };
    (order) => {
        "indexed by payments_by_order
where shop_id = ?1 and order_id = ?5 and id < ?2 and id >= ?3"
    };
    (user) => {
        "indexed by payments_by_user
where shop_id = ?1 and user_id = ?5 and id < ?2 and id >= ?3"
    };
}

/// Ids sort by their time, so the newest comes first. What else is asked of a payment is asked of its
/// row.
macro_rules! list_payments {
    ($by:ident) => {
        concat!(
            select_payments!(listed_by!($by)),
            "
    and (?6 is null or user_id = ?6)
    and (?7 is null or status = ?7)
    and (?8 is null or cid = ?8)
    and (?9 is null or (review is not null) = ?9)
    and (?10 is null or created_at >= ?10)
    and (?11 is null or created_at < ?11)
order by id desc limit ?4"
        )
    };
}

pub(super) const LIST_PAYMENTS: &str = list_payments!(shop);
pub(super) const LIST_PAYMENTS_OF_ORDER: &str = list_payments!(order);
pub(super) const LIST_PAYMENTS_OF_USER: &str = list_payments!(user);

macro_rules! looks_until {
    ($by:ident) => {
        concat!(
            "select id from payments ",
            listed_by!($by),
            " order by id desc limit 1 offset ?4"
        )
    };
}

pub(super) const LOOKS_UNTIL: &str = looks_until!(shop);
pub(super) const LOOKS_UNTIL_OF_ORDER: &str = looks_until!(order);
pub(super) const LOOKS_UNTIL_OF_USER: &str = looks_until!(user);
