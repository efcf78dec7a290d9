//! The limit: what danpay writes for payments, written by a bare loop in as many commits.
//! Invariant: nothing but the database is timed, and as little as possible beside it.

mod postgres;
mod sqlite;

use std::time::Duration;

use anyhow::Result;

use self::postgres::Statements;
use crate::bench::Bench;
use crate::house::Database;
use crate::rows::Pattern;

/// What danpay writes for payments, as it has just written it.
pub(super) enum Limit {
    Sqlite(Pattern),
    Postgres(Box<Statements>),
}

impl Limit {
    pub(super) async fn of(bench: &Bench, on: Database) -> Result<Self> {
        Ok(match on {
            Database::Sqlite => Self::Sqlite(super::pattern(bench).await?),
            Database::Postgres => Self::Postgres(Box::new(Statements::hear(bench).await?)),
        })
    }

    /// Payments a second if that many payers pay at once: on SQLite so many share a commit, on
    /// PostgreSQL there are so many connections.
    pub(super) async fn measure(
        &self,
        bench: &Bench,
        payers: usize,
        time: Duration,
    ) -> Result<f64> {
        match self {
            Self::Sqlite(pattern) => sqlite::measure(bench, pattern, payers, time),
            Self::Postgres(statements) => statements.measure(bench, payers, time).await,
        }
    }
}
