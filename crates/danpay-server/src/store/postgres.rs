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

mod errors;
mod migrations;
mod partitions;
mod pool;
mod queries;
mod rows;
mod values;

use std::fmt;
use std::sync::Arc;

use danpay_core::{Change, Event, Payment, PaymentId};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSqlOwned, ToSql};
use uuid::Uuid;

use super::{ApiKeyRow, Idempotency, OpenError, Page, StoreError};
use migrations::{MIGRATIONS, MigrateError, Migration};
use pool::Pool;
use queries::Query;
use values::Instant;

/// The books in one database. Clones share it.
#[derive(Clone)]
pub(crate) struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
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
    pub(super) async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, MIGRATIONS).await
    }

    async fn open_with(url: &str, migrations: &[Migration]) -> Result<Self, OpenError> {
        let config: tokio_postgres::Config = url.parse().map_err(|_| OpenError::Address)?;
        let place = place(&config);
        let failed = |problem: String| OpenError::Failed {
            database: place.clone(),
            problem,
        };
        let pool = Pool::new(config).map_err(failed)?;
        let connection = pool.connection().await;
        let mut connection = connection.map_err(|error| failed(error.to_string()))?;
        migrations::migrate(&mut connection, migrations)
            .await
            .map_err(|error| match error {
                MigrateError::Newer => OpenError::Newer(place.clone()),
                MigrateError::Failed(error) => failed(errors::told(&error)),
            })?;
        drop(connection);
        let inner = Arc::new(Inner { pool, place });
        Ok(Self { inner })
    }

    async fn rows(
        &self,
        query: &Query,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        self.inner.pool.rows(query, values).await
    }

    /// For a statement that always has a row.
    async fn row(&self, query: &Query, values: &[&(dyn ToSql + Sync)]) -> Result<Row, StoreError> {
        let row = self.rows(query, values).await?.pop();
        row.ok_or_else(|| StoreError::Unavailable("the database answered no row".to_owned()))
    }

    /// Makes what has to be there ahead of its time. To be called at the start and once a day.
    pub(super) async fn prepare_ahead(&self, now: Timestamp) -> Result<(), StoreError> {
        let connection = self.inner.pool.connection().await?;
        Ok(partitions::make_ahead(&connection, now).await?)
    }

    pub(super) async fn create(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let mut values = rows::change(&change, idempotency)?;
        values.extend(rows::unchanging(&change.payment)?);
        let values: Vec<_> = values.iter().map(|value| &**value as _).collect();
        self.row(&queries::CREATE, &values).await?;
        Ok(())
    }

    pub(super) async fn commit(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let values = rows::change(&change, idempotency)?;
        let values: Vec<_> = values.iter().map(|value| &**value as _).collect();
        let changed = self.row(&queries::COMMIT, &values).await?;
        match only::<i64>(&changed)? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
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
        let before = Instant(now - interval);
        let values: [&(dyn ToSql + Sync); 3] = [&uuid(id), &Instant(now), &before];
        only(&self.row(&queries::CLAIM_LOOKUP, &values).await?)
    }

    pub(super) async fn look_soon(&self, id: PaymentId, at: Timestamp) -> Result<(), StoreError> {
        let at = Instant(at);
        self.rows(&queries::LOOK_SOON, &[&uuid(id), &at]).await?;
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

    pub(super) async fn list(&self, page: Page) -> Result<Vec<Payment>, StoreError> {
        let after = page.after.map_or(Uuid::max(), uuid);
        let limit = i64::from(page.limit);
        let rows = match &page.order_id {
            None => self.rows(&queries::LIST, &[&after, &limit]).await,
            Some(order_id) => {
                let values: [&(dyn ToSql + Sync); 3] = [&after, &limit, order_id];
                self.rows(&queries::LIST_OF_ORDER, &values).await
            }
        };
        rows?.iter().map(rows::payment).collect()
    }

    pub(super) async fn id_of_tid(&self, tid: String) -> Result<Option<PaymentId>, StoreError> {
        let rows = self.rows(&queries::ID_OF_TID, &[&tid]).await?;
        rows.first().map(payment_id).transpose()
    }

    pub(super) async fn events(&self, id: PaymentId) -> Result<Vec<Event>, StoreError> {
        let rows = self.rows(&queries::EVENTS, &[&uuid(id)]).await?;
        rows.iter().map(|row| rows::read_event(id, row)).collect()
    }

    pub(super) async fn idempotency(&self, key: String) -> Result<Option<Idempotency>, StoreError> {
        let rows = self.rows(&queries::IDEMPOTENCY, &[&key]).await?;
        rows.first()
            .map(|row| rows::idempotency(key, row))
            .transpose()
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

/// The value of a row that has one.
fn only<T: FromSqlOwned>(row: &Row) -> Result<T, StoreError> {
    Ok(row.try_get(0)?)
}

/// An address without its password, for people.
fn place(config: &tokio_postgres::Config) -> String {
    use tokio_postgres::config::Host;
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(n, host)| {
        let port = ports.get(n).or(ports.first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(folder) => format!("{}:{port}", folder.display()),
        }
    });
    let hosts: Vec<_> = hosts.collect();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    format!("postgres://{user}@{}/{database}", hosts.join(","))
}
