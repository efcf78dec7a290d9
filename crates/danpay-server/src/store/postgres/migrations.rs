//! Brings the tables up to date, once, whichever server starts first.
//!
//! **Invariant**: forward only, and a released file is never edited. A migration only adds: what
//! the version before reads and writes keeps its name and its meaning, so that servers of both
//! versions share the database while they are replaced one by one.

use tokio_postgres::{Client, Error, Transaction};

use crate::limits;

/// One step of the schema.
#[derive(Clone, Copy)]
pub(in crate::store) struct Migration {
    /// What it does to the tables.
    pub(in crate::store) sql: &'static str,
    /// The oldest schema whose servers still work once this is applied: the one before it, unless
    /// nothing could be done about it.
    pub(in crate::store) works_with: i32,
}

/// The schema's version is the number of these that have been applied.
pub(in crate::store) const MIGRATIONS: &[Migration] = &[
    Migration {
        sql: include_str!("migrations/0001_payments.sql"),
        works_with: 1,
    },
    // A server that does not know webhooks would commit events without their deliveries.
    Migration {
        sql: include_str!("migrations/0002_webhooks.sql"),
        works_with: 2,
    },
];

/// Why the tables cannot be brought up to date.
pub(super) enum MigrateError {
    /// A newer danpay has changed them in a way that this one does not know.
    Newer,
    /// The database said no.
    Failed(Error),
}

impl From<Error> for MigrateError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Any number that nobody else in the database takes: the bytes of `danpay\0\0`.
const LOCK: i64 = 0x6461_6e70_6179_0000;

/// How many are not yet applied.
pub(super) async fn how_many_are_missing(
    client: &Client,
    migrations: &[Migration],
) -> Result<usize, MigrateError> {
    Ok(missing(client, migrations).await?.len())
}

/// Applies what is missing, all of it or nothing.
pub(super) async fn migrate(
    client: &mut Client,
    migrations: &[Migration],
) -> Result<(), MigrateError> {
    // A server that finds nothing to do needs no right to change tables, and waits for nobody.
    if missing(client, migrations).await?.is_empty() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    let patience = limits::DATABASE_MIGRATION.as_millis();
    transaction
        .batch_execute(&format!(
            "set local statement_timeout = {patience};
             set local lock_timeout = {patience};
             select pg_advisory_xact_lock({LOCK});
             create table if not exists danpay_migrations (
                 version    integer not null primary key,
                 works_with integer not null,
                 applied_at timestamptz not null default now()
             );"
        ))
        .await?;
    apply(&transaction, migrations).await?;
    Ok(transaction.commit().await?)
}

async fn apply(
    transaction: &Transaction<'_>,
    migrations: &[Migration],
) -> Result<(), MigrateError> {
    // Whoever had the lock before has perhaps applied them all.
    for (version, migration) in missing(transaction.client(), migrations).await? {
        transaction.batch_execute(migration.sql).await?;
        let works_with = migration.works_with;
        transaction
            .batch_execute(&format!(
                "insert into danpay_migrations (version, works_with)
                 values ({version}, {works_with})"
            ))
            .await?;
        tracing::info!(version, "the database's tables were brought up to date");
    }
    Ok(())
}

/// The migrations that are not yet applied, with their numbers.
async fn missing<'a>(
    client: &Client,
    migrations: &'a [Migration],
) -> Result<Vec<(i32, &'a Migration)>, MigrateError> {
    let known = "select to_regclass('danpay_migrations') is not null";
    let is_known: bool = client.query_typed_one(known, &[]).await?.try_get(0)?;
    let (mut applied, mut works_with) = (0, 0);
    if is_known {
        let newest = "select coalesce(max(version), 0), coalesce(max(works_with), 0)
                      from danpay_migrations";
        let row = client.query_typed_one(newest, &[]).await?;
        (applied, works_with) = (row.try_get(0)?, row.try_get(1)?);
    }
    let numbered = (1_i32..).zip(migrations);
    let ours = i32::try_from(migrations.len()).unwrap_or(i32::MAX);
    if works_with > ours {
        return Err(MigrateError::Newer);
    }
    Ok(numbered.filter(|(version, _)| *version > applied).collect())
}
