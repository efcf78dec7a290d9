//! The books in a PostgreSQL database (15 or newer), for any number of servers.
//!
//! **Invariant**: each step of the flow is one statement and so one transaction, which the
//! database either commits or does not: no lock is held while anything else is awaited.
//!
//! An answer that is lost (the connection breaks, the time is over) leaves open whether the
//! statement was committed. It is [`StoreError::Unavailable`], and nobody goes on as if it were
//! either:
//!
//! - a payment that was created is found again under its idempotency key, or never opened by
//!   anyone, and expires;
//! - a claim to approve or cancel makes no call without its commit being known. If it is in the
//!   books, it has its time to be looked at, and recovery goes on from there;
//! - KakaoPay's answer that is not in the books is asked for again, by recovery.
//!
//! Doing the same again is harmless: a change is committed only onto the version that it was
//! decided on.

mod address;
mod errors;
pub(super) mod migrations;
mod partitions;
mod pool;
mod prune;
mod queries;
mod rows;
#[cfg(feature = "simulation")]
mod simulated;
mod tls;
mod values;

use std::fmt;
use std::sync::Arc;

use danpay_core::{Change, Event, OrderClaim, Payment, PaymentId, planted, timing};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSqlOwned, ToSql};
use uuid::Uuid;

use super::{ApiKeyRow, BeforeCreate, Idempotency, Listed, OpenError, Page, StoreError};
use crate::config::Config;
use migrations::{MIGRATIONS, MigrateError, Migration};
use pool::Pool;
use queries::{Query, Task};
use rows::Parameter;
#[cfg(feature = "simulation")]
pub use simulated::Database;
use values::Instant;

/// The books in one database. Clones share it.
#[derive(Clone)]
pub(crate) struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
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
    /// Connects, and brings the tables up to date.
    pub(super) async fn open(config: &Config) -> Result<Self, OpenError> {
        Self::open_with(config, MIGRATIONS).await
    }

    pub(super) async fn open_with(
        config: &Config,
        migrations: &[Migration],
    ) -> Result<Self, OpenError> {
        let (pool, place) = Pool::open(&config.database_url, Task::Write, config)?;
        let failed = |problem: String| OpenError::Failed {
            database: place.clone(),
            problem,
        };
        let connection = pool.connection().await;
        let mut connection = connection.map_err(|error| failed(error.to_string()))?;
        migrations::migrate(&mut connection, migrations)
            .await
            .map_err(|error| match error {
                MigrateError::Newer => OpenError::Newer(place.clone()),
                MigrateError::Failed(error) => failed(errors::told(&error)),
            })?;
        drop(connection);
        let replica = match &config.database_replica_url {
            Some(url) => Some(Pool::open(url, Task::Read, config)?.0),
            None => None,
        };
        let inner = Inner {
            pool,
            replica,
            place,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    #[cfg(feature = "simulation")]
    pub(super) fn in_database(database: &Database, disk: Arc<dyn super::Disk>) -> Self {
        let inner = Inner {
            pool: Pool::Inline(database.on(disk)),
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
                Err(error) => tracing::warn!(%error, "the replica cannot be read"),
            }
        }
        self.rows(query, values).await
    }

    async fn rows(
        &self,
        query: &'static Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        self.inner.pool.rows(query, values).await
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

    /// Makes what has to be there ahead of its time. To be called at the start and once a day.
    pub(super) async fn prepare_ahead(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut connection = self.inner.pool.connection().await?;
        Ok(partitions::make_ahead(&mut connection, now).await?)
    }

    pub(super) async fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.inner.pool.connection().await?;
        prune::prune(&mut connection, before).await
    }

    pub(super) async fn create(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let mut values = rows::change(&change, idempotency.as_ref())?;
        values.extend(rows::unchanging(&change.payment)?);
        self.row(&queries::CREATE, &borrowed(&values)).await?;
        Ok(())
    }

    pub(super) async fn commit(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let mut values = rows::change(&change, idempotency.as_ref())?;
        let query = match (change.order, change.needs_whole_books()) {
            (OrderClaim::Take, _) if planted!(OrderGuardOnlyRead) => &queries::COMMIT,
            (OrderClaim::Keep, false) => &queries::COMMIT,
            (OrderClaim::Release, _) => {
                values.push(Box::new(change.payment.order.order_id.as_str().to_owned()));
                &queries::RELEASE
            }
            (OrderClaim::Take | OrderClaim::TakeFrom(_), _) | (OrderClaim::Keep, true) => {
                values.extend(rows::claim(&change));
                &queries::CLAIM
            }
        };
        let changed = self.row(query, &borrowed(&values)).await?;
        if only::<i64>(&changed)? > 0 {
            return Ok(());
        }
        if query.sql != queries::CLAIM.sql {
            return Err(StoreError::Conflict);
        }
        let (order_id, id) = (
            change.payment.order.order_id.as_str(),
            uuid(change.payment.id),
        );
        let met = self.row(&queries::OBSTACLE, &[&order_id, &id]).await?;
        let met = rows::obstacle(&change, &met)?;
        Err(met.map_or(StoreError::Conflict, StoreError::Obstacle))
    }

    pub(super) async fn check_at(
        &self,
        id: PaymentId,
        version: u32,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let version = i32::try_from(version).unwrap_or(i32::MAX);
        let values: [&(dyn ToSql + Sync); 3] = [&uuid(id), &version, &at.map(Instant)];
        self.row(&queries::CHECK_AT, &values).await?;
        Ok(())
    }

    pub(super) async fn claim_due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let values: [&(dyn ToSql + Sync); 3] = [&Instant(now), &Instant(until), &i64::from(limit)];
        let rows = self.rows(&queries::CLAIM_DUE, &values).await?;
        rows.iter().map(payment_id).collect()
    }

    pub(super) async fn claim_lookup(
        &self,
        id: PaymentId,
        now: Timestamp,
        interval: SignedDuration,
    ) -> Result<bool, StoreError> {
        let before = Instant(timing::before(now, interval));
        let values: [&(dyn ToSql + Sync); 3] = [&uuid(id), &Instant(now), &before];
        only(&self.row(&queries::CLAIM_LOOKUP, &values).await?)
    }

    pub(super) async fn look_soon(&self, id: PaymentId, at: Timestamp) -> Result<(), StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&uuid(id), &Instant(at)];
        self.rows(&queries::LOOK_SOON, &values).await?;
        Ok(())
    }

    pub(super) async fn wake_in_doubt(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = Instant(now);
        let woken: i64 = only(&self.row(&queries::WAKE_IN_DOUBT, &[&now]).await?)?;
        Ok(u64::try_from(woken).unwrap_or(0))
    }

    pub(super) async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let rows = self.rows(&queries::PAYMENT, &[&uuid(id)]).await?;
        rows.first().map(rows::payment).transpose()
    }

    pub(super) async fn list(&self, page: Page) -> Result<Vec<Listed<Payment>>, StoreError> {
        let (query, values) = rows::page(&page);
        let rows = self.rows(query, &borrowed(&values)).await?;
        rows.iter().map(rows::listed).collect()
    }

    pub(super) async fn list_to_show(
        &self,
        page: Page,
    ) -> Result<Vec<Listed<Payment>>, StoreError> {
        let (query, values) = rows::page(&page);
        let rows = self.shown(query, &borrowed(&values)).await?;
        rows.iter().map(rows::listed).collect()
    }

    pub(super) async fn id_of_tid(&self, tid: String) -> Result<Option<PaymentId>, StoreError> {
        let rows = self.rows(&queries::ID_OF_TID, &[&tid]).await?;
        rows.first().map(payment_id).transpose()
    }

    pub(super) async fn events(
        &self,
        id: PaymentId,
        (after, limit): (u32, u32),
    ) -> Result<Vec<Listed<Event>>, StoreError> {
        let after = i32::try_from(after).unwrap_or(i32::MAX);
        let values: [&(dyn ToSql + Sync); 3] = [&uuid(id), &after, &i64::from(limit)];
        let rows = self.shown(&queries::EVENTS, &values).await?;
        rows.iter().map(|row| rows::listed_event(id, row)).collect()
    }

    pub(super) async fn idempotency(&self, key: String) -> Result<Option<Idempotency>, StoreError> {
        let rows = self.rows(&queries::IDEMPOTENCY, &[&key]).await?;
        let known = rows.first().map(|row| rows::idempotency(&key, row));
        Ok(known.transpose()?.flatten())
    }

    pub(super) async fn before_create(
        &self,
        key: Option<String>,
        order_id: String,
    ) -> Result<BeforeCreate, StoreError> {
        let row = self
            .row(&queries::BEFORE_CREATE, &[&key, &order_id])
            .await?;
        rows::before_create(key.as_deref(), &row)
    }

    pub(super) async fn prune_keys(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&Instant(before), &i64::from(most)];
        let gone: i64 = only(&self.row(&queries::PRUNE_KEYS, &values).await?)?;
        Ok(u64::try_from(gone).unwrap_or(0))
    }

    pub(super) async fn server_key(
        &self,
        name: &'static str,
        new: [u8; 32],
    ) -> Result<[u8; 32], StoreError> {
        let new = new.as_slice();
        self.rows(&queries::ADD_SERVER_KEY, &[&name, &new]).await?;
        let row = self.row(&queries::SERVER_KEY, &[&name]).await?;
        let key: Vec<u8> = only(&row)?;
        key.try_into()
            .map_err(|_| super::rows::corrupt("server_keys", name, "not 32 bytes"))
    }

    pub(super) async fn newest_restored(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.rows(&queries::NEWEST_RESTORED, &[]).await?;
        let newest = rows.first().map(only::<Instant>).transpose()?;
        Ok(newest.map(|Instant(at)| at))
    }

    pub(super) async fn mark_restored(&self, at: Timestamp) -> Result<(), StoreError> {
        self.rows(&queries::MARK_RESTORED, &[&Instant(at)]).await?;
        Ok(())
    }

    pub(super) async fn clear_restored(&self) -> Result<(), StoreError> {
        self.rows(&queries::CLEAR_RESTORED, &[]).await?;
        Ok(())
    }

    pub(super) async fn add_api_key(&self, key: ApiKeyRow) -> Result<(), StoreError> {
        let hash = key.hash.as_slice();
        let values: [&(dyn ToSql + Sync); 3] = [&hash, &key.name, &Instant(key.created_at)];
        self.rows(&queries::ADD_API_KEY, &values).await?;
        Ok(())
    }

    pub(super) async fn has_api_key(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        let hash = hash.as_slice();
        only(&self.row(&queries::HAS_API_KEY, &[&hash]).await?)
    }

    pub(super) async fn has_any_api_key(&self) -> Result<bool, StoreError> {
        only(&self.row(&queries::HAS_ANY_API_KEY, &[]).await?)
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        if only(&self.row(&queries::IS_READ_ONLY, &[]).await?)? {
            let problem = "the database can be read but not written";
            return Err(StoreError::Unavailable(problem.to_owned()));
        }
        Ok(())
    }
}

fn uuid(id: PaymentId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

fn payment_id(row: &Row) -> Result<PaymentId, StoreError> {
    Ok(PaymentId::from_bytes(only::<Uuid>(row)?.into_bytes()))
}

fn borrowed(values: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as _).collect()
}

/// The value of a row that has one.
fn only<T: FromSqlOwned>(row: &Row) -> Result<T, StoreError> {
    Ok(row.try_get(0)?)
}
