//! Values to parameters, and rows to values. A row that cannot be is refused loudly, with its
//! place.

use std::fmt::Display;

use danpay_core::{
    Cancellation, CancellationId, Change, Event, EventId, Order, Payment, PaymentId, RedirectUrls,
    State, Status,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use super::queries::{self, Query};
use super::values::Instant;
use crate::store::rows::{self, corrupt, json, word};
use crate::store::{Idempotency, Page, StoreError};

/// A value on its way into a statement.
pub(super) type Parameter = Box<dyn ToSql + Sync + Send>;

fn uuid(bytes: &[u8; 16]) -> Uuid {
    Uuid::from_bytes(*bytes)
}

/// The parameters `$1` to `$26` of both `CREATE` and `COMMIT`, in their order.
pub(super) fn change(
    change: &Change,
    idempotency: Option<&Idempotency>,
) -> Result<Vec<Parameter>, StoreError> {
    let payment = &change.payment;
    let in_doubt = payment.status() == Status::Approving || payment.pending().is_some();
    let mut values: Vec<Parameter> = vec![
        Box::new(uuid(payment.id.as_bytes())),
        Box::new(number("payments", payment.id, payment.version)?),
        Box::new(payment.status().as_str()),
        Box::new(json("payments", payment.id, &payment.state)?),
        Box::new(
            payment
                .pg_token
                .as_ref()
                .map(|token| token.expose().to_owned()),
        ),
        Box::new(payment.review.clone()),
        Box::new(Instant(change.event.at)),
        Box::new(change.next_check.map(Instant)),
        Box::new(in_doubt),
    ];
    values.extend(event(&change.event)?);
    values.extend(cancellations(&change.event.cancellations)?);
    values.extend(record(idempotency));
    Ok(values)
}

/// The further parameters of `CREATE`: what never changes afterwards.
pub(super) fn unchanging(payment: &Payment) -> Result<Vec<Parameter>, StoreError> {
    let (table, id) = ("payments", payment.id);
    Ok(vec![
        Box::new(payment.livemode),
        Box::new(payment.order.order_id.as_str().to_owned()),
        Box::new(payment.order.amount.total.get()),
        Box::new(payment.cid.clone()),
        Box::new(payment.tid.clone()),
        Box::new(json(table, id, &payment.order)?),
        Box::new(
            payment
                .redirect
                .as_ref()
                .map(|urls| json(table, id, urls))
                .transpose()?,
        ),
        Box::new(Instant(payment.created_at)),
        Box::new(Instant(payment.expires_at)),
    ])
}

/// The database's whole numbers have a sign.
fn number(table: &'static str, row: impl Display, number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(table, row, error))
}

fn event(event: &Event) -> Result<Vec<Parameter>, StoreError> {
    let (table, id) = ("events", event.id);
    Ok(vec![
        Box::new(uuid(id.as_bytes())),
        Box::new(number(table, id, event.sequence)?),
        Box::new(word(table, id, &event.kind)?),
        Box::new(word(table, id, &event.by)?),
        Box::new(json(table, id, &event.state)?),
        Box::new(json(table, id, &event.cancellations)?),
        Box::new(event.review.clone()),
        Box::new(event.evidence.as_ref().map(serde_json::Value::to_string)),
    ])
}

/// A column each: the statement makes rows of them.
fn cancellations(list: &[Cancellation]) -> Result<Vec<Parameter>, StoreError> {
    let ids: Vec<_> = list.iter().map(|one| uuid(one.id.as_bytes())).collect();
    let statuses: Vec<_> = list.iter().map(|one| one.state.as_str()).collect();
    let totals: Vec<_> = list.iter().map(|one| one.amount.total.get()).collect();
    let bodies = list.iter().map(|one| json("cancellations", one.id, one));
    let bodies: Vec<_> = bodies.collect::<Result<_, _>>()?;
    Ok(vec![
        Box::new(ids),
        Box::new(statuses),
        Box::new(totals),
        Box::new(bodies),
    ])
}

/// Nulls, if there is none.
fn record(record: Option<&Idempotency>) -> [Parameter; 5] {
    let cancellation = record.and_then(|record| record.cancellation_id);
    [
        Box::new(record.map(|record| record.key.clone())),
        Box::new(record.map(|record| record.request_hash.to_vec())),
        Box::new(record.and_then(|record| record.answer.clone())),
        Box::new(record.map(|record| uuid(record.payment_id.as_bytes()))),
        Box::new(cancellation.map(|id| uuid(id.as_bytes()))),
    ]
}

/// The statement of a list, and its parameters.
pub(super) fn page(page: &Page) -> (&'static Query, Vec<Parameter>) {
    let after = page.after.map_or(Uuid::max(), |id| uuid(id.as_bytes()));
    let mut values: Vec<Parameter> = vec![Box::new(after), Box::new(i64::from(page.limit))];
    match &page.order_id {
        None => (&queries::LIST, values),
        Some(order_id) => {
            values.push(Box::new(order_id.clone()));
            (&queries::LIST_OF_ORDER, values)
        }
    }
}

/// One row, and where it is from.
struct Place<'a, Id> {
    table: &'static str,
    id: Id,
    row: &'a Row,
}

impl<'a, Id: Display + Copy> Place<'a, Id> {
    fn corrupt(&self, problem: impl Display) -> StoreError {
        corrupt(self.table, self.id, problem)
    }

    fn get<T: FromSql<'a>>(&self, column: &str) -> Result<T, StoreError> {
        let value = self.row.try_get(column);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let value = serde_json::from_str(self.get(column)?);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let word = serde_json::Value::String(self.get(column)?);
        let value = serde_json::from_value(word);
        value.map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn number(&self, column: &str) -> Result<u32, StoreError> {
        let number: i32 = self.get(column)?;
        u32::try_from(number).map_err(|error| self.corrupt(format!("{column}: {error}")))
    }

    fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        let Instant(time) = self.get(column)?;
        Ok(time)
    }
}

pub(super) fn payment(row: &Row) -> Result<Payment, StoreError> {
    let table = "payments";
    let id = PaymentId::from_bytes(row.try_get::<_, Uuid>("id")?.into_bytes());
    let place = Place { table, id, row };
    let state: State = place.json("state")?;
    let pg_token = rows::pg_token(id, place.get("pg_token")?, &state)?;
    let cancellations: Vec<&str> = place.get("cancellations")?;
    let cancellations = cancellations.into_iter().map(|body| {
        serde_json::from_str(body).map_err(|error| corrupt("cancellations", id, error))
    });
    let order: Order = place.json("order")?;
    let redirect: Option<&str> = place.get("redirect")?;
    let redirect = redirect
        .map(|_| place.json::<RedirectUrls>("redirect"))
        .transpose()?;
    Ok(Payment {
        id,
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
        review: place.get("review")?,
    })
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
        review: place.get("review")?,
        evidence,
    })
}

pub(super) fn idempotency(key: String, row: &Row) -> Result<Idempotency, StoreError> {
    let (table, id) = ("idempotency_keys", &key);
    let place = Place { table, id, row };
    let request_hash: &[u8] = place.get("request_hash")?;
    let payment_id: Uuid = place.get("payment_id")?;
    let cancellation_id: Option<Uuid> = place.get("cancellation_id")?;
    Ok(Idempotency {
        request_hash: request_hash
            .try_into()
            .map_err(|error| place.corrupt(error))?,
        answer: place.get("answer")?,
        payment_id: PaymentId::from_bytes(payment_id.into_bytes()),
        cancellation_id: cancellation_id.map(|id| CancellationId::from_bytes(id.into_bytes())),
        key,
    })
}
