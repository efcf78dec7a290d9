//! Values to parameters, and rows to values. A row that cannot be is refused loudly, with its
//! place.

use std::fmt::Display;

use danpay_core::{
    CancellationId, Change, Event, EventId, Holder, Obstacle, Order, Payment, PaymentId,
    RedirectUrls, Review, ShopId, State,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use super::values::Instant;
use crate::store::payments::{Against, Idempotency};
use crate::store::rows::{self, corrupt};
use crate::store::{Listed, StoreError, forms};

/// A value on its way into a statement.
pub(super) type Parameter<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// One row, and where it is from.
pub(super) struct Place<'a, Id> {
    pub(super) table: &'static str,
    pub(super) id: Id,
    pub(super) row: &'a Row,
}

impl<'a, Id: Display + Copy> Place<'a, Id> {
    fn corrupt(&self, problem: impl Display) -> StoreError {
        corrupt(self.table, self.id, problem)
    }

    pub(super) fn get<T: FromSql<'a>>(&self, column: &str) -> Result<T, StoreError> {
        let value = self.row.try_get(column);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let value = forms::read(self.table, self.get(column)?);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn review(&self) -> Result<Option<Review>, StoreError> {
        rows::read_review(self.table, self.id, self.get("review")?)
    }

    pub(super) fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let word = serde_json::Value::String(self.get(column)?);
        let value = serde_json::from_value(word);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    pub(super) fn number(&self, column: &str) -> Result<u32, StoreError> {
        let number: i32 = self.get(column)?;
        u32::try_from(number).map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        let Instant(time) = self.get(column)?;
        Ok(time)
    }

    pub(super) fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let time: Option<Instant> = self.get(column)?;
        Ok(time.map(|Instant(time)| time))
    }
}

pub(super) fn payment(row: &Row) -> Result<Payment, StoreError> {
    let table = "payments";
    let id = PaymentId::from_bytes(row.try_get::<_, Uuid>("id")?.into_bytes());
    let place = Place { table, id, row };
    let state: State = place.json("state")?;
    let tokens = (place.get("pg_token")?, place.get("further_pg_token")?);
    let (pg_token, further_pg_token) = rows::tokens(id, tokens, &state)?;
    let cancellations: Vec<&str> = place.get("cancellations")?;
    let cancellations = cancellations.into_iter().map(|body| {
        let table = "cancellations";
        forms::read(table, body).map_err(|error| corrupt(table, id, error))
    });
    let order: Order = place.json("order")?;
    rows::agree(
        id,
        (place.get("status")?, place.get("total")?),
        &order,
        &state,
    )?;
    let redirect: Option<&str> = place.get("redirect")?;
    let redirect = redirect
        .map(|_| place.json::<RedirectUrls>("redirect"))
        .transpose()?;
    let shop_id: Uuid = place.get("shop_id")?;
    Ok(Payment {
        id,
        shop_id: ShopId::from_bytes(shop_id.into_bytes()),
        version: place.number("version")?,
        livemode: place.get("livemode")?,
        order,
        cid: place.get("cid")?,
        tid: place.get("tid")?,
        redirect,
        created_at: place.time("created_at")?,
        expires_at: place.time("expires_at")?,
        state,
        cancellations: cancellations.collect::<Result<_, _>>()?,
        pg_token,
        further_pg_token,
        review: place.review()?,
    })
}

/// One that cannot be read is told by its id, and spoils none of the others.
pub(super) fn listed(row: &Row) -> Result<Listed<Payment>, StoreError> {
    let id = row.try_get::<_, Uuid>("id")?.into_bytes();
    rows::listed(PaymentId::from_bytes(id), payment(row))
}

pub(super) fn listed_event(payment: PaymentId, row: &Row) -> Result<Listed<Event>, StoreError> {
    let id = row.try_get::<_, Uuid>("id")?.into_bytes();
    rows::listed(EventId::from_bytes(id), read_event(payment, row))
}

pub(super) fn read_event(payment_id: PaymentId, row: &Row) -> Result<Event, StoreError> {
    let (table, id) = ("events", payment_id);
    let id: Uuid = Place { table, id, row }.get("id")?;
    let id = EventId::from_bytes(id.into_bytes());
    let place = Place { table, id, row };
    let evidence: Option<&str> = place.get("evidence")?;
    let evidence = evidence
        .map(|text| serde_json::from_str(text).map_err(|error| place.corrupt(error)))
        .transpose()?;
    Ok(Event {
        id,
        payment_id,
        sequence: place.number("sequence")?,
        kind: place.word("type")?,
        at: place.time("at")?,
        by: place.word("by")?,
        state: place.json("state")?,
        cancellations: place.json("cancellations")?,
        review: place.review()?,
        evidence,
    })
}

/// Nothing, if the row has only nulls for it.
pub(super) fn idempotency(key: &str, row: &Row) -> Result<Option<Idempotency>, StoreError> {
    let (table, id) = ("idempotency_keys", key);
    let place = Place { table, id, row };
    let Some(request_hash) = place.get::<Option<&[u8]>>("request_hash")? else {
        return Ok(None);
    };
    let payment_id: Uuid = place.get("payment_id")?;
    let cancellation_id: Option<Uuid> = place.get("cancellation_id")?;
    Ok(Some(Idempotency {
        request_hash: request_hash
            .try_into()
            .map_err(|error| place.corrupt(error))?,
        payment_id: PaymentId::from_bytes(payment_id.into_bytes()),
        cancellation_id: cancellation_id.map(|id| CancellationId::from_bytes(id.into_bytes())),
        key: key.to_owned(),
    }))
}

pub(super) fn against(key: Option<&str>, row: &Row) -> Result<Against, StoreError> {
    let known = key.map(|key| idempotency(key, row)).transpose()?;
    let paid_by: Option<Uuid> = row.try_get("paid_by")?;
    Ok(Against {
        known: known.flatten(),
        paid_by: paid_by.map(|id| PaymentId::from_bytes(id.into_bytes())),
        is_restored: row.try_get("restored")?,
    })
}

/// What the claim of a change has met, if that was no other version of the payment.
pub(super) fn obstacle(change: &Change, row: &Row) -> Result<Option<Obstacle>, StoreError> {
    if change.needs_whole_database() && row.try_get("restored")? {
        return Ok(Some(Obstacle::Restored));
    }
    let holder: Option<Uuid> = row.try_get("holder")?;
    let is_paid = row.try_get("is_paid")?;
    Ok(holder.map(|id| {
        Obstacle::Order(Holder {
            payment: PaymentId::from_bytes(id.into_bytes()),
            is_paid,
        })
    }))
}
