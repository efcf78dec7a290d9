//! Every statement, once, each one round trip: a statement is a transaction of its own, so none
//! is ever open while something else is awaited.

macro_rules! query {
    ($name:ident $task:ident ($($type:ident),*) $($sql:expr),+) => {
        pub(in super::super) const $name: Query = Query {
            sql: concat!($($sql),+),
            types: &[$(Type::$type),*],
            task: Task::$task,
        };
    };
}

/// Ids sort by their time, so the oldest cancellation comes first.
macro_rules! payments {
    () => {
        r#"
select id, shop_id, version, status, livemode, total, cid, tid, "order"::text, redirect::text,
    state::text, pg_token, further_pg_token, review, created_at, expires_at,
    array(select body::text from cancellations
        where payment_id = payments.id and cancellations.shop_id = payments.shop_id
        order by cancellations.id) as cancellations
from payments "#
    };
}

/// The id of an event's delivery to an endpoint: of the event's time, and else of the hash of both.
macro_rules! delivery_id {
    () => {
        "encode(substring(uuid_send(event_id) for 6)
            || substring(sha256(uuid_send(event_id) || uuid_send(endpoint.id)) from 1 for 10),
            'hex')::uuid"
    };
}

mod changes;
mod erase;
mod idempotency;
mod keys;
mod lists;
mod payments;
mod positions;
mod refund_days;
mod server;
mod shops;
mod webhooks;

use tokio_postgres::types::Type;

pub(super) use changes::*;
pub(super) use erase::*;
pub(super) use idempotency::*;
pub(super) use keys::*;
pub(super) use lists::*;
pub(super) use payments::*;
pub(super) use positions::*;
pub(super) use refund_days::*;
pub(super) use server::*;
pub(super) use shops::*;
pub(super) use webhooks::*;

/// What a statement does, and a pool is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Of several servers in its address, it finds the one that can be written.
    Write,
    /// Any will do.
    Read,
}

/// A statement and the types of its parameters. Named, so that the server need not be asked for
/// them where statements cannot be prepared.
pub(super) struct Query {
    pub(super) sql: &'static str,
    pub(super) types: &'static [Type],
    pub(super) task: Task,
}
