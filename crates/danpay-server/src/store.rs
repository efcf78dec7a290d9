//! The database, a file for each thing that it holds. What is asked of it, or written into it, is a
//! value whose fields are its arguments; SQLite and PostgreSQL each have their own way to do it, in a file
//! of the same name.
//!
//! **Invariant**: [`payments::Create`] and [`payments::Commit`] are the only writers of payments,
//! but for [`server::Erase`], which takes what tells of persons and nothing of the money. Each
//! writes a payment's row, its event, what shops will be told by (and the idempotency record) in one
//! transaction, durable before it returns. No transaction is open while KakaoPay is called.

mod forms;
pub(crate) mod keys;
pub(crate) mod payments;
pub(crate) mod positions;
mod postgres;
mod rows;
pub(crate) mod server;
pub(crate) mod shops;
#[cfg(feature = "simulation")]
mod simulated;
mod sqlite;
pub(crate) mod webhooks;

use std::path::{Path, PathBuf};

use danpay_core::Obstacle;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::alerts::AlertKind;
use crate::config::Config;
use payments::{Commit, Create};
#[cfg(feature = "simulation")]
pub use postgres::BlockingDatabase;
pub(crate) use postgres::{OnPostgres, Postgres};
#[cfg(feature = "simulation")]
pub use simulated::{Disk, Moment, Touch};
#[cfg(feature = "simulation")]
pub use sqlite::Memory;
pub use sqlite::{BackupError, Restored};
pub(crate) use sqlite::{OnSqlite, Sqlite};

/// Why the database could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It has changed since it was read: read it again and decide again.
    #[error("it has changed meanwhile")]
    Conflict,
    /// The idempotency key is taken.
    #[error("the idempotency key is taken")]
    KeyTaken,
    /// The change claims a call, or an order, and this is in its way: decide again with it.
    #[error("something is in the way of the claim: {0:?}")]
    Obstacle(Obstacle),
    /// The database cannot be reached or written now, or its answer is lost: the write may have
    /// committed. Read again before deciding.
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

/// What an address of a database is.
const ADDRESS: &str = "must be sqlite:PATH, such as sqlite:danpay.db, or \
                       postgres://USER:PASSWORD@HOST/DATABASE";

/// What a full or failing disk is called by SQLite and by PostgreSQL, of which only the words are left.
const OF_THE_DISK: [&str; 4] = [
    "disk is full",
    "disk I/O error",
    "No space left on device",
    "could not extend file",
];

impl StoreError {
    /// Under which name somebody is alerted to it; nothing, if it is no trouble of the database's.
    pub(crate) fn alert(&self) -> Option<&'static str> {
        let kind = match self {
            Self::Conflict | Self::KeyTaken | Self::Obstacle(_) => return None,
            Self::Unavailable(problem) if OF_THE_DISK.iter().any(|of| problem.contains(of)) => {
                AlertKind::Disk
            }
            Self::Unavailable(_) | Self::Corrupt { .. } => AlertKind::Database,
        };
        Some(kind.as_str())
    }
}

/// Why the database cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no kind that we know.
    #[error("the address of the database {ADDRESS}")]
    Address,
    /// Another danpay has it.
    #[error("{0} is in use by another danpay; one process at a time may serve a SQLite file")]
    InUse(PathBuf),
    /// There is none.
    #[error("{0} has no tables yet; `danpay serve` or `danpay migrate --create` makes them")]
    Missing(String),
    /// There has been one, and there is none.
    #[error(
        "{path} is empty or missing, and there have been payments in it. Put it back, or a backup \
         (`danpay restore`). Only to begin anew: delete {lock} and {log} as well"
    )]
    Emptied {
        /// The database's file.
        path: PathBuf,
        /// What says so.
        lock: PathBuf,
        /// SQLite's log.
        log: PathBuf,
    },
    /// Its tables are not those of this version.
    #[error("{0} has tables of an older danpay; run `danpay migrate`")]
    Older(String),
    /// Somebody else's file.
    #[error(
        "{0} belongs to the user {1}: run this as that user, or the server that serves it would be \
         locked out"
    )]
    Owner(PathBuf, u32),
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

/// The database, open. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Database(pub(crate) Store);

impl Database {
    /// Opens the database of the settings and brings its tables up to date.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        Store::open(config).await.map(Self)
    }

    /// Opens it beside whoever serves it: it has to be there, with the tables of this version.
    pub(crate) async fn as_it_is(config: &Config) -> Result<Self, OpenError> {
        let url = config.database_url.expose_secret();
        if config.is_on_postgres() {
            let postgres = Postgres::open_as_it_is(config).await?;
            return Ok(Self(Store::Postgres(postgres)));
        }
        Sqlite::beside(sqlite_file(url)?).map(|sqlite| Self(Store::Sqlite(sqlite)))
    }

    /// Whether there is a file already, or a server that answers for it.
    pub(crate) fn is_there(config: &Config) -> bool {
        let path = sqlite_file(config.database_url.expose_secret());
        config.is_on_postgres() || path.is_ok_and(Path::exists)
    }

    /// Marks it as a restored backup: nothing is approved or canceled until `danpay recover` knows what
    /// it lacks.
    pub async fn mark_restored(&self, at: Timestamp) -> Result<(), StoreError> {
        self.0.ask(server::MarkRestored { at }).await
    }

    /// The database in memory, on the caller's thread: for simulations.
    #[cfg(feature = "simulation")]
    pub fn in_memory(memory: &Memory, disk: std::sync::Arc<dyn Disk>) -> Self {
        Self(Store::Sqlite(Sqlite::in_memory(memory, disk)))
    }

    /// The database in PostgreSQL, for which the caller's thread itself waits: for simulations.
    #[cfg(feature = "simulation")]
    pub fn in_postgres(database: &BlockingDatabase, disk: std::sync::Arc<dyn Disk>) -> Self {
        Self(Store::Postgres(Postgres::in_database(database, disk)))
    }
}

/// Copies the database of `config` into `to`, while it is served. SQLite only. Its log grows until it is
/// done, at most to about so many bytes: then the copy is given up.
pub fn backup(config: &Config, to: &Path, log_max: u64) -> Result<(), BackupError> {
    let database = sqlite_file(config.database_url.expose_secret());
    let database = database.map_err(|_| BackupError::NotSqlite("backup"))?;
    sqlite::backup(database, to, log_max)
}

/// Puts the copy `from` in the place of the database of `config`. SQLite only.
pub fn restore(config: &Config, from: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    let database = sqlite_file(config.database_url.expose_secret());
    let database = database.map_err(|_| BackupError::NotSqlite("restore"))?;
    sqlite::restore(from, database, now)
}

/// Whether it can be the address of a database; if not, why, without the address.
pub(crate) fn check_address(url: &str) -> Result<(), String> {
    if is_on_postgres(url) {
        return Postgres::place(url).map(|_| ());
    }
    sqlite_file(url).map(|_| ()).map_err(|_| ADDRESS.to_owned())
}

/// Where a database is, without a password.
pub(crate) fn place(url: &str) -> String {
    if is_on_postgres(url) {
        return Postgres::place(url).unwrap_or_else(|_| "postgres://…".to_owned());
    }
    url.to_owned()
}

/// Whether it is the address of a PostgreSQL database.
pub(crate) fn is_on_postgres(url: &str) -> bool {
    let kinds = ["postgres://", "postgresql://"];
    kinds.iter().any(|kind| url.starts_with(kind))
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

/// The database, of whichever kind it is.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// One file, one process.
    Sqlite(Sqlite),
    /// One database, any number of processes.
    Postgres(Postgres),
}

/// Something that is asked of the database, or written into it.
pub(crate) trait Ask: Clone + Send + Sync + 'static {
    /// What comes of it.
    type Answer: Send + 'static;
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

impl Store {
    /// Whether events wait for their positions: whoever serves it then gives them.
    pub(crate) fn gives_positions_after_commits(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Opens the database of the settings and brings its tables up to date.
    pub(crate) async fn open(config: &Config) -> Result<Self, OpenError> {
        if config.is_on_postgres() {
            return Postgres::open(config).await.map(Self::Postgres);
        }
        let url = config.database_url.expose_secret();
        Sqlite::open(sqlite_file(url)?).map(Self::Sqlite)
    }

    /// Writes a new payment.
    pub(crate) async fn create(&self, create: Create) -> Result<(), StoreError> {
        self.ask(create).await
    }

    /// Writes a change of a payment.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.ask(commit).await
    }

    /// Asks, or writes.
    pub(crate) async fn ask<A: OnSqlite + OnPostgres>(
        &self,
        asked: A,
    ) -> Result<A::Answer, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ask(asked).await,
            // It needs more room than whoever waits for SQLite should have to carry.
            Self::Postgres(postgres) => Box::pin(asked.on_postgres(postgres)).await,
        }
    }
}

#[cfg(test)]
mod tests;
