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
    pub(super) livemode: bool,
    pub(super) cid: String,
    pub(super) tid: String,
    pub(super) order_id: String,
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
    /// The ids of the events that wait in the outbox, in the order in which they were written.
    pub(super) outbox: Vec<(String, u32)>,
    pub(super) cancellations: Vec<Value>,
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

/// A cancellation's body, if it says what the column does.
fn cancellation(id: &str, body: Option<String>) -> Value {
    let body = value(body);
    if body.get("id").and_then(Value::as_str) == Some(id) {
        body
    } else {
        Value::Null
    }
}
