//! The database in PostgreSQL (15 or newer), for any number of servers.
//!
//! **Invariant**: each step of the flow is one statement and so one transaction, which the
//! database either commits or does not: no lock is held while anything else is awaited. Steps that wait at
//! the same time may share a statement ([`together`]).
//!
//! An answer that is lost (the connection breaks, the time is over) leaves open whether the
//! statement was committed. It is [`StoreError::Unavailable`], and nobody goes on as if it were
//! either:
//!
//! - a payment that was created is found again under its idempotency key, or never opened by
//!   anyone, and expires;
//! - a claim to approve or cancel makes no call without its commit being known. If it is in the
//!   database, it has its time to be looked at, and recovery goes on from there;
//! - KakaoPay's answer that is not in the database is asked for again, by recovery.
//!
//! Doing the same again is harmless: a change is committed only onto the version that it was
//! decided on.

mod address;
mod erase;
mod errors;
mod keys;
pub(super) mod list;
pub(super) mod migrations;
mod partitions;
mod payments;
mod pool;
mod positions;
mod prune;
mod queries;
mod refund_days;
mod rows;
mod server;
mod shops;
#[cfg(feature = "simulation")]
mod simulated;
mod tls;
mod together;
mod values;
mod webhooks;
mod written;

use std::fmt;
use std::sync::Arc;

use danpay_core::{PaymentId, PaymentRef, ShopId};
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::{Ask, OpenError, StoreError};
use crate::config::Config;
use address::Address;
use migrations::{MIGRATIONS, MigrateError, Migration};
use pool::Pool;
use queries::{Query, Task};
use rows::Parameter;
#[cfg(feature = "simulation")]
pub use simulated::BlockingDatabase;
use together::Together;

/// The database in PostgreSQL. Clones share it.
#[derive(Clone)]
pub(crate) struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    /// Changes that wait to be written.
    together: Together,
    /// A copy that may lag behind: for what is only shown.
    replica: Option<Pool>,
    /// Where it is, without the password.
    place: String,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.inner.place).finish()
    }
}

impl Postgres {
    /// Where an address leads, without the password; or what is wrong with it, without the address.
    pub(super) fn place(url: &str) -> Result<String, String> {
        Address::parse(url).map(|address| address.place())
    }

    /// Connects, and brings the tables up to date.
    pub(super) async fn open(config: &Config) -> Result<Self, OpenError> {
        Self::open_with(config, MIGRATIONS).await
    }

    /// Connects to tables that have to be there.
    pub(super) async fn open_as_it_is(config: &Config) -> Result<Self, OpenError> {
        Self::connect(config, async |client, place| {
            let missing = migrations::how_many_are_missing(client, MIGRATIONS).await?;
            Ok(match missing {
                0 => Ok(()),
                all if all == MIGRATIONS.len() => Err(OpenError::Missing(place.to_owned())),
                _ => Err(OpenError::Older(place.to_owned())),
            })
        })
        .await
    }

    pub(super) async fn open_with(
        config: &Config,
        migrations: &[Migration],
    ) -> Result<Self, OpenError> {
        Self::connect(config, async |client, _| {
            migrations::migrate(client, migrations).await.map(Ok)
        })
        .await
    }

    /// Connects once `prepare` has seen to the tables.
    async fn connect(
        config: &Config,
        prepare: impl AsyncFnOnce(&mut Client, &str) -> Result<Result<(), OpenError>, MigrateError>,
    ) -> Result<Self, OpenError> {
        let (pool, place) = Pool::open(&config.database_url, Task::Write, config)?;
        let failed = |problem: String| OpenError::Failed {
            database: place.clone(),
            problem,
        };
        let connection = pool.connection().await;
        let mut connection = connection.map_err(|error| failed(error.to_string()))?;
        prepare(&mut connection, &place)
            .await
            .map_err(|error| match error {
                MigrateError::Newer => OpenError::Newer(place.clone()),
                MigrateError::Failed(error) => failed(errors::told(&error)),
            })??;
        drop(connection);
        let replica = match &config.database_replica_url {
            Some(url) => Some(Pool::open(url, Task::Read, config)?.0),
            None => None,
        };
        let inner = Inner {
            pool,
            together: Together::default(),
            replica,
            place,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    #[cfg(feature = "simulation")]
    pub(super) fn in_database(database: &BlockingDatabase, disk: Arc<dyn super::Disk>) -> Self {
        let inner = Inner {
            pool: Pool::Inline(database.on(disk)),
            together: Together::default(),
            replica: None,
            place: "a simulation's".to_owned(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// For what is only shown: from the replica, if there is one and it answers.
    async fn shown(
        &self,
        query: &'static Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        debug_assert_eq!(query.task, Task::Read, "a replica cannot be written");
        if let Some(replica) = &self.inner.replica {
            match replica.rows(query, values).await {
                Ok(rows) => return Ok(rows),
                Err(failed) => {
                    tracing::warn!(error = %failed.error, "the replica cannot be read");
                }
            }
        }
        self.rows(query, values).await
    }

    async fn rows(
        &self,
        query: &'static Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let rows = self.inner.pool.rows(query, values).await;
        rows.map_err(|failed| failed.error)
    }

    /// For a statement that always has a row.
    async fn row(
        &self,
        query: &'static Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, StoreError> {
        let row = self.rows(query, values).await?.pop();
        row.ok_or_else(|| StoreError::Unavailable("the database answered no row".to_owned()))
    }
}

/// How PostgreSQL does what is asked.
pub(crate) trait OnPostgres: Ask {
    fn on_postgres(
        self,
        database: &Postgres,
    ) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}

fn uuid(bytes: &[u8; 16]) -> Uuid {
    Uuid::from_bytes(*bytes)
}

fn reference(row: &Row) -> Result<PaymentRef, StoreError> {
    let bytes = |column| Ok::<_, StoreError>(row.try_get::<_, Uuid>(column)?.into_bytes());
    Ok(PaymentRef {
        id: PaymentId::from_bytes(bytes("id")?),
        shop_id: ShopId::from_bytes(bytes("shop_id")?),
    })
}

fn borrowed<'a>(values: &'a [Parameter<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as _).collect()
}

/// The value of a row that has one.
fn only<T: FromSqlOwned>(row: &Row) -> Result<T, StoreError> {
    Ok(row.try_get(0)?)
}

/// The number that a statement counts.
fn count(row: &Row) -> Result<u64, StoreError> {
    Ok(u64::try_from(only::<i64>(row)?).unwrap_or(0))
}
