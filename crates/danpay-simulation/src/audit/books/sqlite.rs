//! The tables of SQLite.

use danpay_core::{CancellationId, EventId, PaymentId, ShopId};
use danpay_server::Memory;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::{Booked, Cancellation, Position, cancellation, time, value};

pub(super) fn read(memory: &Memory) -> rusqlite::Result<Vec<Booked>> {
    memory.inspect(|connection| {
        let mut payments = connection.prepare(
            r#"
            select id, shop_id, livemode, cid, tid, "order", redirect, version, status, state,
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
        shop_id: ShopId::from_bytes(row.get("shop_id")?).to_string(),
        livemode: row.get("livemode")?,
        cid: row.get("cid")?,
        tid: row.get("tid")?,
        order: value(row.get("order")?),
        redirect: value(row.get("redirect")?),
        version: row.get("version")?,
        status: row.get("status")?,
        state: value(row.get("state")?),
        has_token: row.get("has_token")?,
        review: row.get("review")?,
        created_at: time(row.get("created_at")?),
        expires_at: time(row.get("expires_at")?),
        events: events(connection, key)?,
        // An event has its position from its commit on.
        waiting: 0,
        positions: positions(connection, key)?,
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
            "at": time(row.get("at")?),
            "by": row.get::<_, String>("by")?,
            "state": value(row.get("state")?),
            "cancellations": value(row.get("cancellations")?),
            "review": value(row.get("review")?),
            "evidence": value(row.get("evidence")?),
        }))
    })?;
    rows.collect()
}

fn positions(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<Position>> {
    let mut positions = connection.prepare(
        "select position, id, sequence from events
         where payment_id = ?1 and position is not null order by position",
    )?;
    let rows = positions.query_map([payment], |row| {
        Ok(Position {
            position: row.get("position")?,
            event_id: EventId::from_bytes(row.get("id")?).to_string(),
            sequence: row.get("sequence")?,
        })
    })?;
    rows.collect()
}

fn cancellations(
    connection: &Connection,
    payment: [u8; 16],
) -> rusqlite::Result<Vec<Cancellation>> {
    let mut cancellations = connection.prepare(
        "select id, body, idempotency_key from cancellations where payment_id = ?1 order by id",
    )?;
    let rows = cancellations.query_map([payment], |row| {
        let id = CancellationId::from_bytes(row.get("id")?).to_string();
        Ok(cancellation(
            &id,
            row.get("body")?,
            row.get("idempotency_key")?,
        ))
    })?;
    rows.collect()
}
