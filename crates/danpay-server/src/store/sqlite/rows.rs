//! Rows to values and back. A row that cannot be is refused loudly, with its place.

use std::fmt::Display;

use danpay_core::{
    Cancellation, CancellationId, Change, Event, EventId, Holder, Obstacle, Order, OrderClaim,
    Payment, PaymentId, PaymentRef, PgToken, RedirectUrls, ShopId, State,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::{queries, webhooks};
use crate::store::payments::{Events, Idempotency};
pub(super) use crate::store::rows::word as name_of;
use crate::store::rows::{self, corrupt, json};
use crate::store::{Listed, StoreError, forms};

pub(super) fn from_json<T: DeserializeOwned>(
    table: &'static str,
    id: impl Display,
    row: &Row<'_>,
    column: &str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    forms::read(table, &text).map_err(|error| corrupt(table, id, format!("{column}: {error}")))
}

/// A value whose JSON is a word.
pub(super) fn named<T: DeserializeOwned>(
    table: &'static str,
    id: impl Display,
    row: &Row<'_>,
    column: &str,
) -> Result<T, StoreError> {
    let word = serde_json::Value::String(row.get(column)?);
    serde_json::from_value(word).map_err(|error| corrupt(table, id, format!("{column}: {error}")))
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
            rows::review("payments", payment.id, payment.review.as_ref())?,
            payment.created_at.as_millisecond(),
            payment.expires_at.as_millisecond(),
            change.event.at.as_millisecond(),
            change.next_check.map(Timestamp::as_millisecond),
            payment.shop_id.as_bytes(),
            payment.order.user_id.as_str(),
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
            rows::review("payments", payment.id, payment.review.as_ref())?,
            change.event.at.as_millisecond(),
            change.next_check.map(Timestamp::as_millisecond),
            payment.further_pg_token.as_ref().map(PgToken::expose),
            payment.shop_id.as_bytes(),
        ])?;
    Ok(updated == 1)
}

/// What is in the way of a change that claims a call or an order, or needs the whole database.
pub(super) fn obstacle(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    if change.needs_whole_database() && newest_restored(connection)?.is_some() {
        return Err(StoreError::Obstacle(Obstacle::Restored));
    }
    let from = match change.order {
        OrderClaim::Take => None,
        OrderClaim::TakeFrom(other) => Some(other),
        OrderClaim::Keep | OrderClaim::Release => return Ok(()),
    };
    let own = [Some(change.payment.id), from];
    let payment = &change.payment;
    match holder(connection, payment.shop_id, payment.order.order_id.as_str())? {
        Some(holder) if !own.contains(&Some(holder.payment)) => {
            Err(StoreError::Obstacle(Obstacle::Order(holder)))
        }
        _ => Ok(()),
    }
}

/// The payment that has the order's claim.
pub(super) fn holder(
    connection: &Connection,
    shop_id: ShopId,
    order_id: &str,
) -> Result<Option<Holder>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_HOLDER)?;
    let holder = statement.query_row(params![order_id, shop_id.as_bytes()], |row| {
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
    let values = params![
        payment.order.order_id.as_str(),
        payment.id.as_bytes(),
        payment.shop_id.as_bytes()
    ];
    connection.prepare_cached(statement)?.execute(values)?;
    Ok(())
}

pub(super) fn newest_restored(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = connection.prepare_cached(queries::NEWEST_RESTORED)?;
    let newest = statement.query_row([], |row| row.get(0)).optional()?;
    let newest = newest.map(|millis| timestamp("restored", "newest_at", millis));
    newest.transpose()
}

/// What is written beside the payment's own row, in the same transaction. The event has that position, if
/// the shop is told of it.
pub(super) fn insert_beside(
    connection: &Connection,
    change: &Change,
    idempotency: Option<&Idempotency>,
    position: Option<i64>,
) -> Result<(), StoreError> {
    let event = &change.event;
    let shop_id = change.payment.shop_id;
    if let Some(record) = idempotency {
        let known = self::idempotency(connection, shop_id, &record.key)?;
        if known.is_some() {
            return Err(StoreError::KeyTaken);
        }
    }
    for cancellation in &event.cancellations {
        let of = |record: &&Idempotency| record.cancellation_id == Some(cancellation.id);
        upsert_cancellation(
            connection,
            change.payment.reference(),
            cancellation,
            idempotency.filter(of),
        )?;
    }
    insert_event(connection, shop_id, event, position)?;
    webhooks::born(connection, change)?;
    match idempotency {
        Some(record) => insert_idempotency(connection, shop_id, record, event.at),
        None => Ok(()),
    }
}

pub(super) fn insert_idempotency(
    connection: &Connection,
    shop_id: ShopId,
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
            shop_id.as_bytes(),
        ])?;
    if inserted == 1 {
        Ok(())
    } else {
        Err(StoreError::KeyTaken)
    }
}

fn upsert_cancellation(
    connection: &Connection,
    payment: PaymentRef,
    cancellation: &Cancellation,
    record: Option<&Idempotency>,
) -> Result<(), StoreError> {
    let id = cancellation.id;
    connection
        .prepare_cached(queries::UPSERT_CANCELLATION)?
        .execute(params![
            id.as_bytes(),
            payment.id.as_bytes(),
            cancellation.state.as_str(),
            cancellation.amount.total.get(),
            json("cancellations", id, cancellation)?,
            record.map(|record| &record.key),
            record.map(|record| record.request_hash),
            payment.shop_id.as_bytes(),
        ])?;
    Ok(())
}

pub(super) fn insert_event(
    connection: &Connection,
    shop_id: ShopId,
    event: &Event,
    position: Option<i64>,
) -> Result<(), StoreError> {
    let (table, id) = ("events", event.id);
    let evidence = event.evidence.as_ref().map(serde_json::Value::to_string);
    connection
        .prepare_cached(queries::INSERT_EVENT)?
        .execute(params![
            id.as_bytes(),
            event.payment_id.as_bytes(),
            event.sequence,
            name_of(table, id, &event.kind)?,
            event.at.as_millisecond(),
            name_of(table, id, &event.by)?,
            json(table, id, &event.state)?,
            json(table, id, &event.cancellations)?,
            rows::review(table, id, event.review.as_ref())?,
            evidence,
            shop_id.as_bytes(),
            position,
        ])?;
    Ok(())
}

pub(super) fn idempotency(
    connection: &Connection,
    shop_id: ShopId,
    key: &str,
) -> Result<Option<Idempotency>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_IDEMPOTENCY)?;
    let row = statement.query_row(params![key, shop_id.as_bytes()], |row| {
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

fn cancellations(
    connection: &Connection,
    PaymentRef { shop_id, id }: PaymentRef,
) -> Result<Vec<Cancellation>, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_CANCELLATIONS)?;
    let rows = statement.query_map(params![id.as_bytes(), shop_id.as_bytes()], |row| {
        Ok(from_json("cancellations", id, row, "body"))
    })?;
    rows.map(|cancellation| cancellation?).collect()
}

pub(super) fn payment(connection: &Connection, row: &Row<'_>) -> Result<Payment, StoreError> {
    let table = "payments";
    let id = PaymentId::from_bytes(row.get("id")?);
    let shop_id = ShopId::from_bytes(row.get("shop_id")?);
    let order: Order = from_json(table, id, row, "order")?;
    let redirect: Option<RedirectUrls> = from_json(table, id, row, "redirect")?;
    let state: State = from_json(table, id, row, "state")?;
    let status: String = row.get("status")?;
    rows::agree(id, (&status, row.get("total")?), &order, &state)?;
    let tokens = (row.get("pg_token")?, row.get("further_pg_token")?);
    let (pg_token, further_pg_token) = rows::tokens(id, tokens, &state)?;
    Ok(Payment {
        id,
        shop_id,
        version: row.get("version")?,
        livemode: row.get("livemode")?,
        order,
        cid: row.get("cid")?,
        tid: row.get("tid")?,
        redirect,
        created_at: timestamp(table, "created_at", row.get("created_at")?)?,
        expires_at: timestamp(table, "expires_at", row.get("expires_at")?)?,
        state,
        cancellations: cancellations(connection, PaymentRef { shop_id, id })?,
        pg_token,
        further_pg_token,
        review: rows::read_review(table, id, row.get("review")?)?,
    })
}

pub(super) fn events(
    connection: &Connection,
    asked: &Events,
) -> Result<Vec<Listed<Event>>, StoreError> {
    let Events {
        payment: PaymentRef {
            shop_id,
            id: payment,
        },
        after,
        limit,
    } = *asked;
    let mut statement = connection.prepare_cached(queries::SELECT_EVENTS)?;
    let values = params![payment.as_bytes(), after, limit, shop_id.as_bytes()];
    let rows = statement.query_map(values, |row| {
        let id = EventId::from_bytes(row.get("id")?);
        Ok(rows::listed(id, read_event(payment, row)))
    })?;
    rows.map(|event| event?).collect()
}

pub(super) fn read_event(payment_id: PaymentId, row: &Row<'_>) -> Result<Event, StoreError> {
    let table = "events";
    let id = EventId::from_bytes(row.get("id")?);
    let evidence: Option<String> = row.get("evidence")?;
    let evidence = evidence
        .map(|text| serde_json::from_str(&text).map_err(|error| corrupt(table, id, error)))
        .transpose()?;
    Ok(Event {
        id,
        payment_id,
        sequence: row.get("sequence")?,
        kind: named(table, id, row, "type")?,
        at: timestamp(table, "at", row.get("at")?)?,
        by: named(table, id, row, "by")?,
        state: from_json(table, id, row, "state")?,
        cancellations: from_json(table, id, row, "cancellations")?,
        review: rows::read_review(table, id, row.get("review")?)?,
        evidence,
    })
}
