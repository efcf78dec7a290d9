//! What the rows of both databases have in common.
//!
//! **Invariant**: a row that cannot be is refused loudly, with its place.

use std::fmt::Display;

use danpay_core::webhook::{Endpoint, EventFilter};
use danpay_core::{Order, PgToken, Review, State};
use serde::Serialize;
use serde_json::Value;

use super::webhooks::ENDPOINTS;
use super::{Damaged, Listed, StoreError, forms};

pub(super) fn corrupt(table: &'static str, row: impl Display, problem: impl Display) -> StoreError {
    StoreError::Corrupt {
        table,
        row: row.to_string(),
        problem: problem.to_string(),
    }
}

pub(super) fn json(
    table: &'static str,
    row: impl Display,
    value: &impl Serialize,
) -> Result<String, StoreError> {
    forms::write(value).map_err(|error| corrupt(table, row, error))
}

/// Why somebody has to look, as it is stored.
pub(super) fn review(
    table: &'static str,
    row: impl Display,
    review: Option<&Review>,
) -> Result<Option<String>, StoreError> {
    review.map(|review| json(table, row, review)).transpose()
}

/// Why somebody has to look, as it was stored.
pub(super) fn read_review(
    table: &'static str,
    row: impl Display,
    text: Option<String>,
) -> Result<Option<Review>, StoreError> {
    let read = |text: String| forms::read(table, &text);
    let review = text.map(read).transpose();
    review.map_err(|error| corrupt(table, row, format!("review: {error}")))
}

/// A value whose JSON is a word, without its quotes.
pub(super) fn word(
    table: &'static str,
    row: impl Display,
    value: &impl Serialize,
) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        other => Err(corrupt(table, row, format!("not a word: {other:?}"))),
    }
}

/// The payer's tokens as they were stored: the first has to be there exactly while the state needs it,
/// the further one only beside it.
pub(super) fn tokens(
    row: impl Display,
    stored: (Option<String>, Option<String>),
    state: &State,
) -> Result<(Option<PgToken>, Option<PgToken>), StoreError> {
    let had = (stored.0.is_some(), stored.1.is_some());
    let tokens = (
        stored.0.and_then(PgToken::new),
        stored.1.and_then(PgToken::new),
    );
    let are_whole = (tokens.0.is_some(), tokens.1.is_some()) == had;
    if !are_whole || had.0 != state.needs_pg_token() || had.1 && !had.0 {
        let problem = "pg_token does not fit the status";
        return Err(corrupt("payments", row, problem));
    }
    Ok(tokens)
}

/// What a payment's columns say must be what its documents say.
pub(super) fn agree(
    row: impl Display,
    (status, total): (&str, i64),
    order: &Order,
    state: &State,
) -> Result<(), StoreError> {
    if status != state.status().as_str() {
        return Err(corrupt("payments", row, "state: not of the row's status"));
    }
    if total != order.amount.total.get() {
        return Err(corrupt("payments", row, "order: not of the row's total"));
    }
    Ok(())
}

/// A row of a list: one that cannot be read is told by its id.
pub(super) fn listed<T>(
    id: impl Display,
    read: Result<T, StoreError>,
) -> Result<Listed<T>, StoreError> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(alert = error.alert(), %error, "a damaged row");
            Ok(Err(Damaged {
                id: id.to_string(),
                problem: error.to_string(),
            }))
        }
        Err(error) => Err(error),
    }
}

/// What an endpoint hears, as it is stored: nothing, if that is all.
pub(super) fn events_of(endpoint: &Endpoint) -> Result<Option<String>, StoreError> {
    match &endpoint.events {
        EventFilter::All => Ok(None),
        EventFilter::Only(names) => json(ENDPOINTS, endpoint.id, names).map(Some),
    }
}

/// What an endpoint hears, as it was stored.
pub(super) fn filter_of(
    row: impl Display,
    text: Option<String>,
) -> Result<EventFilter, StoreError> {
    let Some(text) = text else {
        return Ok(EventFilter::All);
    };
    let names = serde_json::from_str(&text);
    let names = names.map_err(|error| corrupt(ENDPOINTS, row, format!("events: {error}")))?;
    Ok(EventFilter::Only(names))
}
