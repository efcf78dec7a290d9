//! A change as what is written of it, and the changes that are written together as a statement's
//! parameters.

use std::fmt::Display;

use danpay_core::{Cancellation, Change, EventType, OrderClaim, Payment, PgToken, Status};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::Parameter;
use super::uuid;
use super::values::Instant;
use crate::store::StoreError;
use crate::store::payments::Idempotency;
use crate::store::rows::{corrupt, json, review, word};

/// One change, with its payment as it is then.
pub(super) struct Written {
    change: Box<Change>,
    record: Option<Idempotency>,
    version: i32,
    state: String,
    sequence: i32,
    kind: String,
    by: String,
    event_state: String,
    event_cancellations: String,
    review: Option<String>,
    event_review: Option<String>,
    evidence: Option<String>,
    /// Of each cancellation that it moves.
    bodies: Vec<String>,
    /// What never changes afterwards, of a payment that is new.
    documents: Option<Documents>,
}

struct Documents {
    order: String,
    redirect: Option<String>,
}

/// A cancellation that a change moves, and its body.
type Moved<'a> = (&'a Written, &'a Cancellation, &'a str);

impl Written {
    /// Of a payment that is new.
    pub(super) fn of_new(
        change: Box<Change>,
        record: Option<Idempotency>,
    ) -> Result<Self, StoreError> {
        let Payment {
            id,
            order,
            redirect,
            ..
        } = &change.payment;
        let redirect = redirect.as_ref().map(|urls| json("payments", id, urls));
        let documents = Documents {
            order: json("payments", id, order)?,
            redirect: redirect.transpose()?,
        };
        Ok(Self {
            documents: Some(documents),
            ..Self::new(change, record)?
        })
    }

    /// Of a payment that is there.
    pub(super) fn new(
        change: Box<Change>,
        record: Option<Idempotency>,
    ) -> Result<Self, StoreError> {
        let Change { payment, event, .. } = &*change;
        let of_event = ("events", event.id);
        let bodies = event.cancellations.iter();
        let bodies = bodies.map(|one| json("cancellations", one.id, one));
        Ok(Self {
            version: number("payments", payment.id, payment.version)?,
            state: json("payments", payment.id, &payment.state)?,
            sequence: number(of_event.0, of_event.1, event.sequence)?,
            kind: word(of_event.0, of_event.1, &event.kind)?,
            by: word(of_event.0, of_event.1, &event.by)?,
            event_state: json(of_event.0, of_event.1, &event.state)?,
            event_cancellations: json(of_event.0, of_event.1, &event.cancellations)?,
            review: review("payments", payment.id, payment.review.as_ref())?,
            event_review: review(of_event.0, of_event.1, event.review.as_ref())?,
            evidence: event.evidence.as_ref().map(serde_json::Value::to_string),
            bodies: bodies.collect::<Result<_, _>>()?,
            documents: None,
            change,
            record,
        })
    }

    pub(super) fn change(&self) -> &Change {
        &self.change
    }

    pub(super) fn id(&self) -> Uuid {
        uuid(self.payment().id.as_bytes())
    }

    /// Whether one statement cannot write both: they are of one payment, or of one order.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let (one, other) = (self.payment(), other.payment());
        one.id == other.id || one.order.order_id == other.order.order_id
    }

    fn payment(&self) -> &Payment {
        &self.change.payment
    }

    /// Under what a shop asked for it, if it is no cancellation's, which has that itself.
    fn key(&self) -> Option<&Idempotency> {
        let record = self.record.as_ref();
        record.filter(|record| record.cancellation_id.is_none())
    }

    /// Under what a shop asked for this cancellation.
    fn key_of(&self, cancellation: &Cancellation) -> Option<&Idempotency> {
        let record = self.record.as_ref();
        record.filter(|record| record.cancellation_id == Some(cancellation.id))
    }

    /// The order that it takes.
    fn takes(&self) -> Option<&str> {
        let takes = matches!(
            self.change.order,
            OrderClaim::Take | OrderClaim::TakeFrom(_)
        );
        takes.then(|| self.payment().order.order_id.as_str())
    }
}

/// The database's whole numbers have a sign.
fn number(table: &'static str, row: impl Display, number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(table, row, error))
}

/// One parameter: a value of each row.
fn column<'a, R: Copy, T: ToSql + Sync + Send + 'a>(
    rows: &[R],
    value: impl Fn(R) -> T,
) -> Parameter<'a> {
    Box::new(rows.iter().map(|row| value(*row)).collect::<Vec<_>>())
}

fn token(token: Option<&PgToken>) -> Option<&str> {
    token.map(PgToken::expose)
}

/// `$1` to `$22` of every statement that writes changes. All are of one shop.
fn all<'a>(rows: &[&'a Written]) -> Vec<Parameter<'a>> {
    let shop_id = rows
        .first()
        .map(|row| uuid(row.payment().shop_id.as_bytes()));
    vec![
        Box::new(shop_id),
        column(rows, Written::id),
        column(rows, |row| row.version),
        column(rows, |row| row.payment().status().as_str()),
        column(rows, |row| row.state.as_str()),
        column(rows, |row| token(row.payment().pg_token.as_ref())),
        column(rows, |row| token(row.payment().further_pg_token.as_ref())),
        column(rows, |row| row.review.as_deref()),
        column(rows, |row| Instant(row.change.event.at)),
        column(rows, |row| row.change.next_check.map(Instant)),
        column(rows, |row| {
            row.payment().status() == Status::Approving || row.payment().pending().is_some()
        }),
        column(rows, |row| uuid(row.change.event.id.as_bytes())),
        column(rows, |row| row.sequence),
        column(rows, |row| row.kind.as_str()),
        column(rows, |row| row.by.as_str()),
        column(rows, |row| row.event_state.as_str()),
        column(rows, |row| row.event_cancellations.as_str()),
        column(rows, |row| row.event_review.as_deref()),
        column(rows, |row| row.evidence.as_deref()),
        column(rows, |row| {
            EventType::of(&row.change.event).map(EventType::as_str)
        }),
        column(rows, |row| row.key().map(|record| record.key.as_str())),
        column(rows, |row| {
            row.key().map(|record| record.request_hash.as_slice())
        }),
    ]
}

/// The parameters of `CREATE`: with what never changes afterwards.
pub(super) fn created<'a>(rows: &[&'a Written]) -> Vec<Parameter<'a>> {
    let mut values = all(rows);
    values.extend([
        column(rows, |row| row.payment().livemode),
        column(rows, |row| row.payment().order.order_id.as_str()),
        column(rows, |row| row.payment().order.amount.total.get()),
        column(rows, |row| row.payment().cid.as_str()),
        column(rows, |row| row.payment().tid.as_str()),
        column(rows, |row| {
            row.documents
                .as_ref()
                .map(|documents| documents.order.as_str())
        }),
        column(rows, |row| {
            row.documents
                .as_ref()
                .and_then(|documents| documents.redirect.as_deref())
        }),
        column(rows, |row| Instant(row.payment().created_at)),
        column(rows, |row| Instant(row.payment().expires_at)),
        column(rows, |row| row.payment().order.user_id.as_str()),
    ]);
    values
}

/// `$1` to `$29` of every statement that changes payments that are there: with the cancellations that
/// each moves, a row each.
pub(super) fn changed<'a>(rows: &[&'a Written]) -> Vec<Parameter<'a>> {
    let moved = rows.iter().flat_map(|row| {
        let cancellations = row.change.event.cancellations.iter().zip(&row.bodies);
        cancellations.map(|(one, body)| (*row, one, body.as_str()))
    });
    let moved: Vec<Moved<'a>> = moved.collect();
    let mut values = all(rows);
    values.extend([
        column(&moved, |(row, ..)| row.id()),
        column(&moved, |(_, one, _)| uuid(one.id.as_bytes())),
        column(&moved, |(_, one, _)| one.state.as_str()),
        column(&moved, |(_, one, _)| one.amount.total.get()),
        column(&moved, |(.., body)| body),
        column(&moved, |(row, one, _)| {
            row.key_of(one).map(|record| record.key.as_str())
        }),
        column(&moved, |(row, one, _)| {
            row.key_of(one).map(|record| record.request_hash.as_slice())
        }),
    ]);
    values
}

/// The parameters of `CLAIM`: the order that each takes, from whom, and whether a call follows.
pub(super) fn claimed<'a>(rows: &[&'a Written]) -> Vec<Parameter<'a>> {
    let mut values = changed(rows);
    values.extend([
        column(rows, Written::takes),
        column(rows, |row| match row.change.order {
            OrderClaim::TakeFrom(other) => Some(uuid(other.as_bytes())),
            OrderClaim::Take | OrderClaim::Keep | OrderClaim::Release => None,
        }),
        column(rows, |row| row.change.needs_whole_database()),
    ]);
    values
}

/// The parameters of `RELEASE`: the order that each gives back.
pub(super) fn released<'a>(rows: &[&'a Written]) -> Vec<Parameter<'a>> {
    let mut values = changed(rows);
    values.push(column(rows, |row| row.payment().order.order_id.as_str()));
    values
}
