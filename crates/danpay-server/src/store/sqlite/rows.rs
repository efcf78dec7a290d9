//! Rows to values and back. A row that cannot be is refused loudly, with its place.

use std::fmt::Display;

use danpay_core::{
    Cancellation, CancellationId, Change, Event, EventId, Holder, Obstacle, Order, OrderClaim,
    Payment, PaymentId, PgToken, RedirectUrls, State, planted,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::queries;
use crate::store::rows::{self, corrupt, json, word};
use crate::store::{Idempotency, Listed, Page, StoreError};

fn from_json<T: DeserializeOwned>(
    table: &'static str,
    id: impl Display,
    row: &Row<'_>,
    column: &str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| corrupt(table, id, format!("{column}: {error}")))
}

pub(super) fn timestamp(
    table: &'static str,
    column: &str,
    millis: i64,
) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| corrupt(table, millis, format!("{column}: {error}")))
}

pub(super) fn insert_payment(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let payment = &change.payment;
    let (table, id) = ("payments", payment.id);
    connection
        .prepare_cached(queries::INSERT_PAYMENT)?
        .execute(params![
            id.as_bytes(),
            payment.version,
            payment.status().as_str(),
            payment.livemode,
            payment.order.order_id.as_str(),
            payment.order.amount.total.get(),
            payment.cid,
            payment.tid,
            json(table, id, &payment.order)?,
            json(table, id, &payment.redirect)?,
            json(table, id, &payment.state)?,
            payment.pg_token.as_ref().map(PgToken::expose),
            payment.further_pg_token.as_ref().map(PgToken::expose),
            payment.review,
            payment.created_at.as_millisecond(),
            payment.expires_at.as_millisecond(),
            change.event.at.as_millisecond(),
            change.next_check.map(Timestamp::as_millisecond),
        ])?;
    Ok(())
}

/// False if the row has another version by now.
pub(super) fn update_payment(connection: &Connection, change: &Change) -> Result<bool, StoreError> {
    let payment = &change.payment;
    let updated = connection
        .prepare_cached(queries::UPDATE_PAYMENT)?
        .execute(params![
            payment.id.as_bytes(),
            payment.version,
            payment.status().as_str(),
            json("payments", payment.id, &payment.state)?,
            payment.pg_token.as_ref().map(PgToken::expose),
            payment.review,
            change.event.at.as_millisecond(),
            change.next_check.map(Timestamp::as_millisecond),
            payment.further_pg_token.as_ref().map(PgToken::expose),
        ])?;
    Ok(updated == 1)
}

/// What is in the way of a change that claims a call or an order.
pub(super) fn obstacle(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    if change.call.is_some() && !planted!(RestoredIgnored) && newest_restored(connection)?.is_some()
    {
        return Err(StoreError::Obstacle(Obstacle::Restored));
    }
    let from = match change.order {
        OrderClaim::Take => None,
        OrderClaim::TakeFrom(other) => Some(other),
        OrderClaim::Keep | OrderClaim::Release => return Ok(()),
    };
    let own = [Some(change.payment.id), from];
    match holder(connection, change.payment.order.order_id.as_str())? {
        Some(holder) if !own.contains(&Some(holder.payment)) => {
            Err(StoreError::Obstacle(Obstacle::Order(holder)))
        }
        _ => Ok(()),
    }
}

/// The payment that has the order's claim.
pub(super) fn holder(
    connection: &Connection,
    order_id: &str,
) -> Result<Option<Holder>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_HOLDER)?;
    let holder = statement.query_row([order_id], |row| {
        Ok(Holder {
            payment: PaymentId::from_bytes(row.get(0)?),
            is_paid: row.get(1)?,
        })
    });
    Ok(holder.optional()?)
}

/// Writes what the change does to its order's claim, once nothing is in the way.
pub(super) fn claim_order(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let statement = match change.order {
        OrderClaim::Keep => return Ok(()),
        OrderClaim::Take | OrderClaim::TakeFrom(_) => queries::TAKE_ORDER,
        OrderClaim::Release => queries::RELEASE_ORDER,
    };
    let payment = &change.payment;
    let values = params![payment.order.order_id.as_str(), payment.id.as_bytes()];
    connection.prepare_cached(statement)?.execute(values)?;
    Ok(())
}

pub(super) fn newest_restored(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = connection.prepare_cached(queries::NEWEST_RESTORED)?;
    let newest = statement.query_row([], |row| row.get(0)).optional()?;
    let newest = newest.map(|millis| timestamp("restored", "newest_at", millis));
    newest.transpose()
}

/// What is written beside the payment's own row, in the same transaction.
pub(super) fn insert_beside(
    connection: &Connection,
    change: &Change,
    idempotency: Option<&Idempotency>,
) -> Result<(), StoreError> {
    let event = &change.event;
    if let Some(record) = idempotency {
        let known = self::idempotency(connection, &record.key)?;
        if known.is_some() && !planted!(KeyRaceIgnored) {
            return Err(StoreError::KeyTaken);
        }
    }
    for cancellation in &event.cancellations {
        let of = |record: &&Idempotency| record.cancellation_id == Some(cancellation.id);
        upsert_cancellation(
            connection,
            event.payment_id,
            cancellation,
            idempotency.filter(of),
        )?;
    }
    insert_event(connection, event)?;
    if !planted!(OutboxOutsideCommit) {
        insert_outbox(connection, event)?;
    }
    match idempotency {
        Some(record) => insert_idempotency(connection, record, event.at),
        None => Ok(()),
    }
}

pub(super) fn insert_idempotency(
    connection: &Connection,
    record: &Idempotency,
    at: Timestamp,
) -> Result<(), StoreError> {
    if record.cancellation_id.is_some() {
        // The cancellation has it.
        return Ok(());
    }
    let inserted = connection
        .prepare_cached(queries::INSERT_IDEMPOTENCY)?
        .execute(params![
            record.key,
            record.request_hash,
            record.payment_id.as_bytes(),
            at.as_millisecond(),
        ])?;
    if inserted == 1 || planted!(KeyRaceIgnored) {
        Ok(())
    } else {
        Err(StoreError::KeyTaken)
    }
}

fn upsert_cancellation(
    connection: &Connection,
    payment_id: PaymentId,
    cancellation: &Cancellation,
    record: Option<&Idempotency>,
) -> Result<(), StoreError> {
    let id = cancellation.id;
    connection
        .prepare_cached(queries::UPSERT_CANCELLATION)?
        .execute(params![
            id.as_bytes(),
            payment_id.as_bytes(),
            cancellation.state.as_str(),
            cancellation.amount.total.get(),
            json("cancellations", id, cancellation)?,
            record.map(|record| &record.key),
            record.map(|record| record.request_hash),
        ])?;
    Ok(())
}

fn insert_event(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    let (table, id) = ("events", event.id);
    let evidence = event.evidence.as_ref().map(serde_json::Value::to_string);
    connection
        .prepare_cached(queries::INSERT_EVENT)?
        .execute(params![
            id.as_bytes(),
            event.payment_id.as_bytes(),
            event.sequence,
            word(table, id, &event.kind)?,
            event.at.as_millisecond(),
            word(table, id, &event.by)?,
            json(table, id, &event.state)?,
            json(table, id, &event.cancellations)?,
            event.review,
            evidence,
        ])?;
    Ok(())
}

pub(super) fn insert_outbox(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    connection
        .prepare_cached(queries::INSERT_OUTBOX)?
        .execute(params![
            event.id.as_bytes(),
            event.payment_id.as_bytes(),
            event.sequence,
            event.at.as_millisecond(),
        ])?;
    Ok(())
}

pub(super) fn idempotency(
    connection: &Connection,
    key: &str,
) -> Result<Option<Idempotency>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_IDEMPOTENCY)?;
    let row = statement.query_row([key], |row| {
        let cancellation_id: Option<[u8; 16]> = row.get("cancellation_id")?;
        Ok(Idempotency {
            key: key.to_owned(),
            request_hash: row.get("request_hash")?,
            payment_id: PaymentId::from_bytes(row.get("payment_id")?),
            cancellation_id: cancellation_id.map(CancellationId::from_bytes),
        })
    });
    Ok(row.optional()?)
}

fn cancellations(connection: &Connection, id: PaymentId) -> Result<Vec<Cancellation>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_CANCELLATIONS)?;
    let rows = statement.query_map([id.as_bytes()], |row| {
        Ok(from_json("cancellations", id, row, "body"))
    })?;
    rows.map(|cancellation| cancellation?).collect()
}

pub(super) fn payment(
    connection: &Connection,
    id: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    connection
        .prepare_cached(queries::SELECT_PAYMENT)?
        .query_row([id.as_bytes()], |row| Ok(read_payment(connection, row)))
        .optional()?
        .transpose()
}

pub(super) fn list(
    connection: &Connection,
    page: &Page,
) -> Result<Vec<Listed<Payment>>, StoreError> {
    let after = page
        .after
        .as_ref()
        .map_or(&[u8::MAX; 16], PaymentId::as_bytes);
    let read = |row: &Row<'_>| {
        let id = PaymentId::from_bytes(row.get("id")?);
        Ok(rows::listed(id, read_payment(connection, row)))
    };
    let payments: rusqlite::Result<Vec<_>> = match &page.order_id {
        None => connection
            .prepare_cached(queries::LIST_PAYMENTS)?
            .query_map(params![after, page.limit], read)?
            .collect(),
        Some(order_id) => connection
            .prepare_cached(queries::LIST_PAYMENTS_OF_ORDER)?
            .query_map(params![after, page.limit, order_id], read)?
            .collect(),
    };
    payments?.into_iter().collect()
}

pub(super) fn id_of_tid(
    connection: &Connection,
    tid: &str,
) -> Result<Option<PaymentId>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_ID_OF_TID)?;
    let id = statement.query_row([tid], |row| row.get(0)).optional()?;
    Ok(id.map(PaymentId::from_bytes))
}

fn read_payment(connection: &Connection, row: &Row<'_>) -> Result<Payment, StoreError> {
    let table = "payments";
    let id = PaymentId::from_bytes(row.get("id")?);
    let order: Order = from_json(table, id, row, "order")?;
    let redirect: Option<RedirectUrls> = from_json(table, id, row, "redirect")?;
    let state: State = from_json(table, id, row, "state")?;
    let tokens = (row.get("pg_token")?, row.get("further_pg_token")?);
    let (pg_token, further_pg_token) = rows::tokens(id, tokens, &state)?;
    Ok(Payment {
        id,
        version: row.get("version")?,
        livemode: row.get("livemode")?,
        order,
        cid: row.get("cid")?,
        tid: row.get("tid")?,
        redirect,
        created_at: timestamp(table, "created_at", row.get("created_at")?)?,
        expires_at: timestamp(table, "expires_at", row.get("expires_at")?)?,
        state,
        cancellations: cancellations(connection, id)?,
        pg_token,
        further_pg_token,
        review: row.get("review")?,
    })
}

pub(super) fn events(
    connection: &Connection,
    payment: PaymentId,
    (after, limit): (u32, u32),
) -> Result<Vec<Listed<Event>>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_EVENTS)?;
    let values = params![payment.as_bytes(), after, limit];
    let rows = statement.query_map(values, |row| {
        let id = EventId::from_bytes(row.get("id")?);
        Ok(rows::listed(id, read_event(payment, row)))
    })?;
    rows.map(|event| event?).collect()
}

fn read_event(payment_id: PaymentId, row: &Row<'_>) -> Result<Event, StoreError> {
    let table = "events";
    let id = EventId::from_bytes(row.get("id")?);
    let word = |column: &str| -> Result<serde_json::Value, StoreError> {
        Ok(serde_json::Value::String(row.get(column)?))
    };
    let evidence: Option<String> = row.get("evidence")?;
    let evidence = evidence
        .map(|text| serde_json::from_str(&text).map_err(|error| corrupt(table, id, error)))
        .transpose()?;
    Ok(Event {
        id,
        payment_id,
        sequence: row.get("sequence")?,
        kind: serde_json::from_value(word("type")?).map_err(|error| corrupt(table, id, error))?,
        at: timestamp(table, "at", row.get("at")?)?,
        by: serde_json::from_value(word("by")?).map_err(|error| corrupt(table, id, error))?,
        state: from_json(table, id, row, "state")?,
        cancellations: from_json(table, id, row, "cancellations")?,
        review: row.get("review")?,
        evidence,
    })
}
