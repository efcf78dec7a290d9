//! The tables of PostgreSQL.

use anyhow::{Context as _, Result};
use danpay_core::{CancellationId, EventId, PaymentId, ShopId};
use danpay_server::BlockingDatabase;
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::{Booked, Cancellation, Position, cancellation, time, value};

pub(super) fn read(database: &BlockingDatabase) -> Result<Vec<Booked>> {
    let payments = database.query(
        r#"
        select uuid_send(id) as id, uuid_send(shop_id) as shop_id, livemode, cid, tid, "order"::text, redirect::text,
            version, status, state::text, pg_token is not null as has_token, review,
            (extract(epoch from created_at) * 1000)::bigint as created_at,
            (extract(epoch from expires_at) * 1000)::bigint as expires_at
        from payments order by payments.id"#,
        &[],
    )?;
    payments.iter().map(|row| booked(database, row)).collect()
}

fn booked(database: &BlockingDatabase, row: &Row) -> Result<Booked> {
    let key = id(row, "id")?;
    Ok(Booked {
        id: PaymentId::from_bytes(key).to_string(),
        shop_id: ShopId::from_bytes(id(row, "shop_id")?).to_string(),
        livemode: row.try_get("livemode")?,
        cid: row.try_get("cid")?,
        tid: row.try_get("tid")?,
        order: value(row.try_get("order")?),
        redirect: value(row.try_get("redirect")?),
        version: number(row, "version")?,
        status: row.try_get("status")?,
        state: value(row.try_get("state")?),
        has_token: row.try_get("has_token")?,
        review: row.try_get("review")?,
        created_at: time(row.try_get("created_at")?),
        expires_at: time(row.try_get("expires_at")?),
        events: events(database, key)?,
        waiting: waiting(database, key)?,
        positions: positions(database, key)?,
        cancellations: cancellations(database, key)?,
    })
}

fn events(database: &BlockingDatabase, payment: [u8; 16]) -> Result<Vec<Value>> {
    let events = of_payment(
        database,
        r#"
        select uuid_send(id) as id, sequence, type, "by", state::text, cancellations::text, review,
            evidence::text, (extract(epoch from at) * 1000)::bigint as at
        from events where uuid_send(payment_id) = $1 order by sequence"#,
        payment,
    )?;
    let events = events.iter().map(|row| {
        Ok(json!({
            "id": EventId::from_bytes(id(row, "id")?),
            "payment_id": PaymentId::from_bytes(payment),
            "sequence": number(row, "sequence")?,
            "type": row.try_get::<_, String>("type")?,
            "at": time(row.try_get("at")?),
            "by": row.try_get::<_, String>("by")?,
            "state": value(row.try_get("state")?),
            "cancellations": value(row.try_get("cancellations")?),
            "review": value(row.try_get("review")?),
            "evidence": value(row.try_get("evidence")?),
        }))
    });
    events.collect()
}

fn waiting(database: &BlockingDatabase, payment: [u8; 16]) -> Result<i64> {
    let waiting = "select 1 from outbox where uuid_send(payment_id) = $1";
    Ok(i64::try_from(
        of_payment(database, waiting, payment)?.len(),
    )?)
}

fn positions(database: &BlockingDatabase, payment: [u8; 16]) -> Result<Vec<Position>> {
    let positions = of_payment(
        database,
        "select position, uuid_send(event_id) as event_id, sequence from positions
         where uuid_send(payment_id) = $1 order by position",
        payment,
    )?;
    let positions = positions.iter().map(|row| {
        Ok(Position {
            position: row.try_get("position")?,
            event_id: EventId::from_bytes(id(row, "event_id")?).to_string(),
            sequence: number(row, "sequence")?,
        })
    });
    positions.collect()
}

fn cancellations(database: &BlockingDatabase, payment: [u8; 16]) -> Result<Vec<Cancellation>> {
    let cancellations = of_payment(
        database,
        "select uuid_send(id) as id, body::text, idempotency_key from cancellations
         where uuid_send(payment_id) = $1 order by cancellations.id",
        payment,
    )?;
    let cancellations = cancellations.iter().map(|row| {
        let id = CancellationId::from_bytes(id(row, "id")?).to_string();
        Ok(cancellation(
            &id,
            row.try_get("body")?,
            row.try_get("idempotency_key")?,
        ))
    });
    cancellations.collect()
}

fn of_payment(database: &BlockingDatabase, sql: &str, payment: [u8; 16]) -> Result<Vec<Row>> {
    Ok(database.query(sql, &[&payment.as_slice()])?)
}

fn id(row: &Row, column: &str) -> Result<[u8; 16]> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().context("an id of another length")
}

fn number(row: &Row, column: &str) -> Result<u32> {
    Ok(u32::try_from(row.try_get::<_, i32>(column)?)?)
}
