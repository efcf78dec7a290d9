//! The tables as they are.

mod postgres;
mod sqlite;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;

use crate::books::Books;

/// One payment and all that is written of it.
pub(super) struct Booked {
    pub(super) id: String,
    pub(super) shop_id: String,
    pub(super) livemode: bool,
    pub(super) cid: String,
    pub(super) tid: String,
    pub(super) order: Value,
    pub(super) redirect: Value,
    pub(super) version: u32,
    pub(super) status: String,
    pub(super) state: Value,
    pub(super) has_token: bool,
    pub(super) review: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// Oldest first, in the form of the domain's own.
    pub(super) events: Vec<Value>,
    /// How many events wait for their positions.
    pub(super) waiting: i64,
    /// The positions of its events, the lowest first.
    pub(super) positions: Vec<Position>,
    pub(super) cancellations: Vec<Cancellation>,
}

/// Of an event, among all of the shop.
pub(super) struct Position {
    pub(super) position: i64,
    pub(super) event_id: String,
    pub(super) sequence: u32,
}

pub(super) struct Cancellation {
    /// Null, if it does not say what the columns do.
    pub(super) body: Value,
    /// Under which `Idempotency-Key` it was asked for.
    pub(super) key: Option<String>,
}

pub(super) fn read(books: &Books) -> Result<Vec<Booked>> {
    Ok(match books {
        Books::Sqlite(memory) => sqlite::read(memory)?,
        Books::Postgres(database) => postgres::read(database)?,
    })
}

/// JSON as it is written; null, if it is none.
fn value(text: Option<String>) -> Value {
    let value = text.and_then(|text| serde_json::from_str(&text).ok());
    value.unwrap_or_default()
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

fn cancellation(id: &str, body: Option<String>, key: Option<String>) -> Cancellation {
    let body = value(body);
    let fits = body.get("id").and_then(Value::as_str) == Some(id);
    let body = if fits { body } else { Value::Null };
    Cancellation { body, key }
}
