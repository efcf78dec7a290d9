//! What the rows of both databases have in common.
//!
//! **Invariant**: a row that cannot be is refused loudly, with its place.

use std::fmt::Display;

use danpay_core::{PgToken, State};
use serde::Serialize;
use serde_json::Value;

use super::StoreError;

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
    serde_json::to_string(value).map_err(|error| corrupt(table, row, error))
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

/// The token as it was stored, which has to be there exactly while the state needs it.
pub(super) fn pg_token(
    row: impl Display,
    stored: Option<String>,
    state: &State,
) -> Result<Option<PgToken>, StoreError> {
    let had_token = stored.is_some();
    let token = stored.and_then(PgToken::new);
    if token.is_some() != had_token || had_token != state.needs_pg_token() {
        let problem = "pg_token does not fit the status";
        return Err(corrupt("payments", row, problem));
    }
    Ok(token)
}
