//! The database in one SQLite file.
//!
//! **Invariant**: one process owns the file (a lock beside it says so), one thread writes it, and
//! whoever waits for a write is answered only after the write is on the disk.

mod backup;
mod beside;
mod checkpoints;
mod erase;
mod files;
mod keys;
pub(super) mod list;
#[cfg(feature = "simulation")]
mod memory;
mod payments;
mod positions;
mod presence;
mod queries;
mod readers;
mod refund_days;
mod rows;
mod server;
mod shops;
mod webhooks;
mod writer;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{Error as MigrationError, M, MigrationDefinitionError, Migrations};

use super::{Ask, OpenError, StoreError};
pub use backup::{BackupError, Restored};
pub(crate) use backup::{backup, restore};
#[cfg(feature = "simulation")]
pub use memory::Memory;
use presence::Presence;
use readers::Readers;
use writer::Writer;

/// Forward only; a released file is never edited.
const MIGRATIONS: &[M<'_>] = &[
    M::up(include_str!("sqlite/migrations/0001_payments.sql")),
    M::up(include_str!("sqlite/migrations/0002_webhooks.sql")),
];

/// The log is cut back to so much when it begins anew, however long a reader has let it become.
const LOG_BYTES: i64 = if cfg!(test) { 1 << 20 } else { 64 << 20 };

/// By which connection something is asked.
pub(crate) enum Way {
    /// One that reads, at once: a few rows.
    Read,
    /// One that reads, on a thread of its own: as many rows as there may be.
    ReadMany,
    /// The one that writes, together with what others write. Work that fails is done again alone, so
    /// it is given what it was given before.
    Write,
}

/// How SQLite does what is asked.
pub(crate) trait OnSqlite: Ask {
    const WAY: Way;

    fn on_sqlite(&self, connection: &Connection) -> Result<Self::Answer, StoreError>;
}

/// The database in one file. Clones share it.
#[derive(Clone)]
pub(crate) struct Sqlite {
    inner: Arc<Inner>,
}

enum Inner {
    File {
        writer: Writer,
        readers: Readers,
        path: PathBuf,
        /// Held for as long as the file is ours.
        _lock: File,
    },
    /// It may be another process's.
    Beside {
        connection: beside::Beside,
        path: PathBuf,
    },
    #[cfg(feature = "simulation")]
    Memory(memory::Inline),
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sqlite = f.debug_tuple("Sqlite");
        match &*self.inner {
            Inner::File { path, .. } | Inner::Beside { path, .. } => sqlite.field(path),
            #[cfg(feature = "simulation")]
            Inner::Memory(_) => &mut sqlite,
        };
        sqlite.finish()
    }
}

impl Sqlite {
    /// How many connections to its file it has: one writes, one is beside it, the others read.
    pub(crate) fn connections() -> usize {
        Readers::count() + 2
    }

    /// Opens or creates the file, and brings its tables up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |problem: &dyn fmt::Display| OpenError::Failed {
            database: path.display().to_string(),
            problem: problem.to_string(),
        };
        let mut lock = files::lock(path)?;
        files::refuse_if_emptied(path, &lock)?;
        files::create(path).map_err(|error| failed(&error))?;
        let connection = connect(path).map_err(|error| failed(&error))?;
        let connection = migrate(connection).map_err(|error| match error {
            MigrationError::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                OpenError::Newer(path.display().to_string())
            }
            error => failed(&error),
        })?;
        files::mark_used(&mut lock).map_err(|error| failed(&error))?;
        let presence = Presence::of(path).map_err(|error| failed(&error))?;
        let presence = Arc::new(presence);
        let readers = Readers::open(|| connect(path), Arc::clone(&presence));
        let readers = readers.map_err(|error| failed(&error))?;
        let beside = connect(path).map_err(|error| failed(&error))?;
        let writer = Writer::start(connection, beside, presence);
        let writer = writer.map_err(|error| failed(&error))?;
        let inner = Inner::File {
            writer,
            readers,
            path: path.to_owned(),
            _lock: lock,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Opens the file beside whoever serves it. It has to be there, with the tables of this version.
    pub(crate) fn beside(path: &Path) -> Result<Self, OpenError> {
        let inner = Inner::Beside {
            connection: beside::Beside::open(path)?,
            path: path.to_owned(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    #[cfg(feature = "simulation")]
    pub(super) fn in_memory(memory: &Memory, disk: Arc<dyn super::Disk>) -> Self {
        let inner = Inner::Memory(memory.on(disk));
        Self {
            inner: Arc::new(inner),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &*self.inner {
            Inner::File { writer, .. } => writer.write(work).await,
            Inner::Beside { connection, .. } => {
                connection.run(TransactionBehavior::Immediate, work).await
            }
            #[cfg(feature = "simulation")]
            Inner::Memory(memory) => Box::pin(memory.write(work)).await,
        }
    }

    /// Reads a few rows.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &*self.inner {
            Inner::File { readers, .. } => readers.read(work),
            Inner::Beside { connection, .. } => {
                connection.run(TransactionBehavior::Deferred, work).await
            }
            #[cfg(feature = "simulation")]
            Inner::Memory(memory) => Box::pin(memory.read(work)).await,
        }
    }

    /// Reads as many rows as there may be.
    async fn read_long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &*self.inner {
            Inner::File { readers, .. } => readers.read_long(work).await,
            Inner::Beside { connection, .. } => {
                connection.run(TransactionBehavior::Deferred, work).await
            }
            #[cfg(feature = "simulation")]
            Inner::Memory(memory) => Box::pin(memory.read(work)).await,
        }
    }

    /// Asks, or writes.
    pub(super) async fn ask<A: OnSqlite>(&self, asked: A) -> Result<A::Answer, StoreError> {
        match A::WAY {
            Way::Read => {
                self.read(move |connection| asked.on_sqlite(connection))
                    .await
            }
            Way::ReadMany => {
                self.read_long(move |connection| asked.on_sqlite(connection))
                    .await
            }
            Way::Write => {
                self.write(move |connection| asked.on_sqlite(connection))
                    .await
            }
        }
    }
}

/// Brings the tables up to date.
fn migrate(mut connection: Connection) -> Result<Connection, MigrationError> {
    Migrations::from_slice(MIGRATIONS).to_latest(&mut connection)?;
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    set_up(Connection::open_with_flags(path, flags)?)
}

fn set_up(connection: Connection) -> rusqlite::Result<Connection> {
    // Nobody else writes the file, but somebody may copy it.
    connection.busy_timeout(Duration::from_secs(2))?;
    // Plans that hold for all values: otherwise each new value of a `limit` has its statement
    // prepared anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: a commit that was acknowledged survives a power cut. secure_delete: an erased
    // pg_token is overwritten, not only unlinked.
    connection.execute_batch(
        "pragma journal_mode = wal;
         pragma synchronous = full;
         pragma foreign_keys = on;
         pragma secure_delete = on;",
    )?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
