//! The books: payments, their events, idempotency records and API keys.
//!
//! **Invariant**: [`Store::create`] and [`Store::commit`] are the only writers of payments. Each
//! writes a payment's row, its event, the outbox row (and the idempotency record) in one
//! transaction, durable before it returns. No transaction is open while KakaoPay is called.

mod postgres;
mod rows;
#[cfg(feature = "simulation")]
mod simulated;
mod sqlite;

use std::path::{Path, PathBuf};

use danpay_core::{CancellationId, Change, Event, Obstacle, Payment, PaymentId};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;

use crate::config::Config;
#[cfg(feature = "simulation")]
pub use postgres::Database;
pub(crate) use postgres::Postgres;
#[cfg(feature = "simulation")]
pub use simulated::{Disk, Moment, Touch};
#[cfg(feature = "simulation")]
pub use sqlite::Memory;
pub(crate) use sqlite::Sqlite;
pub use sqlite::{BackupError, PutBack};

/// Why the books could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The payment has changed since it was read: read it again and decide again.
    #[error("the payment has changed meanwhile")]
    Conflict,
    /// The idempotency key is taken.
    #[error("the idempotency key is taken")]
    KeyTaken,
    /// The change claims a call, or an order, and this is in its way: decide again with it.
    #[error("something is in the way of the claim: {0:?}")]
    Obstacle(Obstacle),
    /// The database cannot be reached or written now, or its answer is lost: what was to be
    /// written may be there. Read before going on, and never go on as if it were.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row that cannot be: somebody else has written it, or it is damaged.
    #[error("table {table}, row {row}: {problem}")]
    Corrupt {
        /// Where.
        table: &'static str,
        /// Which.
        row: String,
        /// What.
        problem: String,
    },
}

/// Why the database cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no kind that we know.
    #[error(
        "database_url must be sqlite:PATH, such as sqlite:danpay.db, or \
         postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Address,
    /// Another danpay has it.
    #[error("{0} is in use by another danpay; one process at a time may serve a SQLite file")]
    InUse(PathBuf),
    /// A newer danpay has written it.
    #[error("{0} was written by a newer danpay; start that version or a newer one")]
    Newer(String),
    /// Anything else.
    #[error("cannot open the database {database}: {problem}")]
    Failed {
        /// Which: a file, or an address without its password.
        database: String,
        /// Why.
        problem: String,
    },
}

/// What a shop asked for under an idempotency key, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Idempotency {
    /// The shop's key, 1 to 255 characters.
    pub(crate) key: String,
    /// SHA-256 of what was asked.
    pub(crate) request_hash: [u8; 32],
    /// Whose payment it is.
    pub(crate) payment_id: PaymentId,
    /// The cancellation that it asked for, if it did. That one has the key for as long as it exists.
    pub(crate) cancellation_id: Option<CancellationId>,
}

/// What is against a new payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BeforeCreate {
    /// What was asked for under its key before.
    pub(crate) known: Option<Idempotency>,
    /// The payment by which the order is paid already.
    pub(crate) paid_by: Option<PaymentId>,
    /// These books are a backup of which it is not known what it lacks.
    pub(crate) is_restored: bool,
}

/// A row that cannot be read, and is told instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// Whose it is.
    pub(crate) id: String,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// A row of a list. One that is damaged spoils none of the others.
pub(crate) type Listed<T> = Result<T, Damaged>;

/// Which payments of a list, of the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Only those of this order number of the shop's.
    pub(crate) order_id: Option<String>,
    /// Only those older than this one.
    pub(crate) after: Option<PaymentId>,
    /// At most so many.
    pub(crate) limit: u32,
}

/// An API key as it is stored: by its hash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiKeyRow {
    /// SHA-256 of the key.
    pub(crate) hash: [u8; 32],
    /// What the operator calls it.
    pub(crate) name: String,
    /// When it was made, UTC.
    pub(crate) created_at: Timestamp,
}

/// The books, open. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Books(pub(crate) Store);

impl Books {
    /// Opens the database of the settings and brings its tables up to date.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        Store::open(config).await.map(Self)
    }

    /// Marks them as a restored backup: nothing is approved or canceled until `danpay recover` knows
    /// what they lack.
    pub async fn mark_restored(&self, at: Timestamp) -> Result<(), StoreError> {
        self.0.mark_restored(at).await
    }

    /// The books in memory, on the caller's thread: for simulations.
    #[cfg(feature = "simulation")]
    pub fn in_memory(memory: &Memory, disk: std::sync::Arc<dyn Disk>) -> Self {
        Self(Store::Sqlite(Sqlite::in_memory(memory, disk)))
    }

    /// The books in a PostgreSQL database that the caller's thread itself waits for: for
    /// simulations.
    #[cfg(feature = "simulation")]
    pub fn in_database(database: &Database, disk: std::sync::Arc<dyn Disk>) -> Self {
        Self(Store::Postgres(Postgres::in_database(database, disk)))
    }
}

/// Copies the books of `config` into `to`, while they are served. SQLite only.
pub fn backup(config: &Config, to: &Path) -> Result<(), BackupError> {
    let books = sqlite_file(config.database_url.expose_secret());
    sqlite::backup(books.map_err(|_| BackupError::NotSqlite("backup"))?, to)
}

/// Puts the copy `from` in the place of the books of `config`. SQLite only.
pub fn restore(config: &Config, from: &Path, now: Timestamp) -> Result<PutBack, BackupError> {
    let books = sqlite_file(config.database_url.expose_secret());
    let books = books.map_err(|_| BackupError::NotSqlite("restore"))?;
    sqlite::restore(from, books, now)
}

/// Where a SQLite database is.
pub(crate) fn sqlite_file(url: &str) -> Result<&Path, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Address)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains(['?', '#']) {
        return Err(OpenError::Address);
    }
    Ok(Path::new(path))
}

/// The database behind the books.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// One file, one process.
    Sqlite(Sqlite),
    /// One database, any number of processes.
    Postgres(Postgres),
}

impl Store {
    /// Opens the database of the settings and brings its tables up to date.
    pub(crate) async fn open(config: &Config) -> Result<Self, OpenError> {
        let url = config.database_url.expose_secret();
        if ["postgres://", "postgresql://"]
            .iter()
            .any(|kind| url.starts_with(kind))
        {
            return Postgres::open(config).await.map(Self::Postgres);
        }
        Sqlite::open(sqlite_file(url)?).map(Self::Sqlite)
    }

    /// Makes what the database has to have ahead of its time: at the start, and once a day.
    pub(crate) async fn prepare_ahead(&self, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(postgres) => postgres.prepare_ahead(now).await,
        }
    }

    /// Deletes the events of payments that were created before then and rest; of how many. The
    /// payments stay.
    pub(crate) async fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.prune(before).await,
            Self::Postgres(postgres) => postgres.prune(before).await,
        }
    }

    /// Deletes at most so many idempotency keys that were made before then; how many it did.
    /// Cancellations keep theirs.
    pub(crate) async fn prune_keys(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.prune_keys(before, most).await,
            Self::Postgres(postgres) => postgres.prune_keys(before, most).await,
        }
    }

    /// What is against a new payment of this order, asked for under this key.
    pub(crate) async fn before_create(
        &self,
        key: Option<String>,
        order_id: String,
    ) -> Result<BeforeCreate, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.before_create(key, order_id).await,
            Self::Postgres(postgres) => postgres.before_create(key, order_id).await,
        }
    }

    /// A key of the servers' own: the one that is stored under this name, or else `new`, which is
    /// stored then.
    pub(crate) async fn server_key(
        &self,
        name: &'static str,
        new: [u8; 32],
    ) -> Result<[u8; 32], StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.server_key(name, new).await,
            Self::Postgres(postgres) => postgres.server_key(name, new).await,
        }
    }

    /// When the newest payment of the backup was created, if these books are a restored backup of
    /// which it is not known what it lacks.
    pub(crate) async fn newest_restored(&self) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.newest_restored().await,
            Self::Postgres(postgres) => postgres.newest_restored().await,
        }
    }

    /// Marks them as such: nothing is approved or canceled until that is cleared.
    pub(crate) async fn mark_restored(&self, at: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.mark_restored(at).await,
            Self::Postgres(postgres) => postgres.mark_restored(at).await,
        }
    }

    /// It is known now.
    pub(crate) async fn clear_restored(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.clear_restored().await,
            Self::Postgres(postgres) => postgres.clear_restored().await,
        }
    }

    /// Writes a new payment, its first event and its idempotency record.
    pub(crate) async fn create(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.create(change, idempotency).await,
            Self::Postgres(postgres) => postgres.create(change, idempotency).await,
        }
    }

    /// Writes a change with its event, the cancellations that it moves, the claim of its order and
    /// its idempotency record, unless the payment has changed since it was decided. A change that
    /// claims what it cannot have ([`StoreError::Obstacle`]) leaves nothing behind.
    pub(crate) async fn commit(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.commit(change, idempotency).await,
            Self::Postgres(postgres) => postgres.commit(change, idempotency).await,
        }
    }

    /// Sets when recovery looks at a payment next, unless it has changed since `version`.
    pub(crate) async fn check_at(
        &self,
        id: PaymentId,
        version: u32,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.check_at(id, version, at).await,
            Self::Postgres(postgres) => postgres.check_at(id, version, at).await,
        }
    }

    /// Leases up to `limit` payments that are due at `now` until `until`, the longest due first.
    pub(crate) async fn claim_due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.claim_due(now, until, limit).await,
            Self::Postgres(postgres) => postgres.claim_due(now, until, limit).await,
        }
    }

    /// Takes the right to look a payment up now, unless that was done less than `interval` ago: so
    /// that no visitor can make us ask KakaoPay without end.
    pub(crate) async fn claim_lookup(
        &self,
        id: PaymentId,
        now: Timestamp,
        interval: SignedDuration,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.claim_lookup(id, now, interval).await,
            Self::Postgres(postgres) => postgres.claim_lookup(id, now, interval).await,
        }
    }

    /// Makes a payment due at `at`, unless it is earlier.
    pub(crate) async fn look_soon(&self, id: PaymentId, at: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.look_soon(id, at).await,
            Self::Postgres(postgres) => postgres.look_soon(id, at).await,
        }
    }

    /// Makes every approval and cancellation that a stopped server left behind due at once.
    pub(crate) async fn wake_in_doubt(&self, now: Timestamp) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.wake_in_doubt(now).await,
            Self::Postgres(postgres) => postgres.wake_in_doubt(now).await,
        }
    }

    /// A payment.
    pub(crate) async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.payment(id).await,
            Self::Postgres(postgres) => postgres.payment(id).await,
        }
    }

    /// Payments, the newest first, to be shown: they may be as they were a moment ago.
    pub(crate) async fn list_to_show(
        &self,
        page: Page,
    ) -> Result<Vec<Listed<Payment>>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.list(page).await,
            Self::Postgres(postgres) => postgres.list_to_show(page).await,
        }
    }

    /// Payments, the newest first.
    pub(crate) async fn list(&self, page: Page) -> Result<Vec<Listed<Payment>>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.list(page).await,
            Self::Postgres(postgres) => postgres.list(page).await,
        }
    }

    /// The payment with this TID.
    pub(crate) async fn id_of_tid(&self, tid: String) -> Result<Option<PaymentId>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.id_of_tid(tid).await,
            Self::Postgres(postgres) => postgres.id_of_tid(tid).await,
        }
    }

    /// What happened to a payment after its event of that number, oldest first and at most so much,
    /// to be shown: the newest may not be there yet.
    pub(crate) async fn events(
        &self,
        id: PaymentId,
        page: (u32, u32),
    ) -> Result<Vec<Listed<Event>>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.events(id, page).await,
            Self::Postgres(postgres) => postgres.events(id, page).await,
        }
    }

    /// The record of an idempotency key.
    pub(crate) async fn idempotency(&self, key: String) -> Result<Option<Idempotency>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.idempotency(key).await,
            Self::Postgres(postgres) => postgres.idempotency(key).await,
        }
    }

    /// Stores an API key's hash.
    pub(crate) async fn add_api_key(&self, key: ApiKeyRow) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.add_api_key(key).await,
            Self::Postgres(postgres) => postgres.add_api_key(key).await,
        }
    }

    /// Whether an API key with this hash is stored.
    pub(crate) async fn has_api_key(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.has_api_key(hash).await,
            Self::Postgres(postgres) => postgres.has_api_key(hash).await,
        }
    }

    /// Whether any API key is stored.
    pub(crate) async fn has_any_api_key(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.has_any_api_key().await,
            Self::Postgres(postgres) => postgres.has_any_api_key().await,
        }
    }

    /// Whether the database answers and can be written.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
            Self::Postgres(postgres) => postgres.ping().await,
        }
    }
}

#[cfg(test)]
mod tests;
