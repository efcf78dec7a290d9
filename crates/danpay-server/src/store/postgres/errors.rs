//! What the driver's errors mean to the flow.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// The unique constraints of idempotency keys. Where tables are sharded, the name on a shard has the
/// shard's number at its end.
const KEY_ONCE: [&str; 2] = ["idempotency_keys_once", "cancellations_key_once"];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(told(&error));
        };
        let constraint = db.constraint().unwrap_or_default();
        match db.code() {
            &SqlState::UNIQUE_VIOLATION
                if KEY_ONCE.iter().any(|name| constraint.starts_with(name)) =>
            {
                Self::KeyTaken
            }
            _ if is_worth_another_try(&error) => Self::Conflict,
            _ => Self::Unavailable(told(&error)),
        }
    }
}

/// Whether nothing was changed, just because another transaction got ahead.
pub(super) fn is_worth_another_try(error: &Error) -> bool {
    let got_ahead = [
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
    ];
    error.code().is_some_and(|code| got_ahead.contains(&code))
}

/// An error in words. What the database adds as detail stays out: it quotes rows, and a payment's
/// row may hold a `pg_token`.
pub(super) fn told(error: &Error) -> String {
    if let Some(db) = error.as_db_error() {
        let constraint = db.constraint().map(|name| format!(" ({name})"));
        let constraint = constraint.unwrap_or_default();
        return format!("{} [{}]{constraint}", db.message(), db.code().code());
    }
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

/// Whether a connection can be used again after this error. One to a server that has been told to
/// take no writes, or to end, cannot: the next one may lead to the server that took over.
pub(super) fn is_usable(error: &Error) -> bool {
    error.as_db_error().is_some_and(|db| {
        let code = db.code();
        let class = code.code().get(..2).unwrap_or_default();
        code != &SqlState::READ_ONLY_SQL_TRANSACTION && !matches!(class, "08" | "57" | "58" | "XX")
    })
}
