//! The tables as they are.

use danpay_core::{CancellationId, EventId, PaymentId};
use danpay_server::Memory;
use jiff::Timestamp;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

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

pub(super) fn read(memory: &Memory) -> rusqlite::Result<Vec<Booked>> {
    memory.inspect(|connection| {
        let mut payments = connection.prepare(
            r#"
            select id, livemode, cid, tid, order_id, "order", redirect, version, status, state,
                pg_token is not null as has_token, review, created_at, expires_at
            from payments order by id"#,
        )?;
        let rows = payments.query_map([], |row| booked(connection, row))?;
        rows.collect()
    })
}

fn booked(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Booked> {
    let key: [u8; 16] = row.get("id")?;
    Ok(Booked {
        id: PaymentId::from_bytes(key).to_string(),
        livemode: row.get("livemode")?,
        cid: row.get("cid")?,
        tid: row.get("tid")?,
        order_id: row.get("order_id")?,
        order: value(row, "order")?,
        redirect: value(row, "redirect")?,
        version: row.get("version")?,
        status: row.get("status")?,
        state: value(row, "state")?,
        has_token: row.get("has_token")?,
        review: row.get("review")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        events: events(connection, key)?,
        outbox: outbox(connection, key)?,
        cancellations: cancellations(connection, key)?,
    })
}

fn events(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<Value>> {
    let mut events = connection.prepare(
        r#"
        select id, sequence, type, at, "by", state, cancellations, review, evidence
        from events where payment_id = ?1 order by sequence"#,
    )?;
    let rows = events.query_map([payment], |row| {
        Ok(json!({
            "id": EventId::from_bytes(row.get("id")?),
            "payment_id": PaymentId::from_bytes(payment),
            "sequence": row.get::<_, u32>("sequence")?,
            "type": row.get::<_, String>("type")?,
            "at": time(row, "at")?,
            "by": row.get::<_, String>("by")?,
            "state": value(row, "state")?,
            "cancellations": value(row, "cancellations")?,
            "review": row.get::<_, Option<String>>("review")?,
            "evidence": value(row, "evidence")?,
        }))
    })?;
    rows.collect()
}

fn outbox(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<(String, u32)>> {
    let mut outbox = connection
        .prepare("select event_id, sequence from outbox where payment_id = ?1 order by rowid")?;
    let rows = outbox.query_map([payment], |row| {
        let id = EventId::from_bytes(row.get("event_id")?);
        Ok((id.to_string(), row.get("sequence")?))
    })?;
    rows.collect()
}

/// The columns must say what the body does.
fn cancellations(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<Value>> {
    let mut cancellations = connection
        .prepare("select id, body from cancellations where payment_id = ?1 order by id")?;
    let rows = cancellations.query_map([payment], |row| {
        let id = CancellationId::from_bytes(row.get("id")?).to_string();
        let mut body = value(row, "body")?;
        if body.get("id").and_then(Value::as_str) != Some(&id) {
            body = Value::Null;
        }
        Ok(body)
    })?;
    rows.collect()
}

fn value(row: &Row<'_>, column: &str) -> rusqlite::Result<Value> {
    let text: Option<String> = row.get(column)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let millis = row.get(column)?;
    Ok(Timestamp::from_millisecond(millis).unwrap_or_default())
}
