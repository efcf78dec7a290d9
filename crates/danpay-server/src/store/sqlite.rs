//! The books in one SQLite file.
//!
//! **Invariant**: one process owns the file (a lock beside it says so), one thread writes it, and
//! whoever waits for a write is answered only after the write is on the disk.

mod backup;
mod checkpoints;
#[cfg(feature = "simulation")]
mod memory;
mod presence;
mod prune;
mod queries;
mod readers;
mod rows;
mod writer;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use danpay_core::{Change, Event, Payment, PaymentId, planted, timing};
use jiff::{SignedDuration, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use rusqlite_migration::{Error as MigrationError, M, MigrationDefinitionError, Migrations};

use super::{ApiKeyRow, BeforeCreate, Idempotency, Listed, OpenError, Page, StoreError};
pub use backup::{BackupError, PutBack};
pub(crate) use backup::{backup, restore};
#[cfg(feature = "simulation")]
pub use memory::Memory;
use presence::Presence;
use readers::Readers;
use writer::Writer;

/// Forward only; a released file is never edited.
const MIGRATIONS: &[M<'_>] = &[M::up(include_str!("sqlite/migrations/0001_payments.sql"))];

/// For how long a file is waited for that another has, and how often is looked.
const LOCK_WAIT: Duration = Duration::from_millis(500);
const LOCK_LOOK: Duration = Duration::from_millis(10);

/// The books in one file. Clones share it.
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
    #[cfg(feature = "simulation")]
    Memory(memory::Inline),
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sqlite = f.debug_tuple("Sqlite");
        match &*self.inner {
            Inner::File { path, .. } => sqlite.field(path),
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
        let failed = |problem: String| OpenError::Failed {
            database: path.display().to_string(),
            problem,
        };
        let lock = lock(path)?;
        let connection = connect(path).map_err(|error| failed(error.to_string()))?;
        let connection = migrate(connection).map_err(|error| match error {
            MigrationError::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                OpenError::Newer(path.display().to_string())
            }
            error => failed(error.to_string()),
        })?;
        let readers = Readers::open(|| connect(path)).map_err(|error| failed(error.to_string()))?;
        let beside = connect(path).map_err(|error| failed(error.to_string()))?;
        let path = path.to_owned();
        let file = Presence::of(path.clone());
        let writer = file.and_then(|file| Writer::start(connection, beside, file));
        let writer = writer.map_err(|error| failed(error.to_string()))?;
        let inner = Inner::File {
            writer,
            readers,
            path,
            _lock: lock,
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
            #[cfg(feature = "simulation")]
            Inner::Memory(memory) => Box::pin(memory.write(work)).await,
        }
    }

    /// Reads a few rows.
    #[cfg_attr(
        not(feature = "simulation"),
        expect(clippy::unused_async, reason = "only a simulated disk is waited for")
    )]
    async fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &*self.inner {
            Inner::File { readers, .. } => readers.read(work),
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
            #[cfg(feature = "simulation")]
            Inner::Memory(memory) => Box::pin(memory.read(work)).await,
        }
    }

    pub(super) async fn create(
        &self,
        change: Change,
        mut idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let late = idempotency.take_if(|_| planted!(KeyOutsideCommit));
        let at = change.event.at;
        let untold = planted!(OutboxOutsideCommit).then(|| change.event.clone());
        self.write(move |connection| {
            rows::insert_payment(connection, &change)?;
            rows::insert_beside(connection, &change, idempotency.as_ref())
        })
        .await?;
        if let Some(event) = untold {
            Box::pin(self.tell(event)).await?;
        }
        match late {
            Some(record) => {
                let insert = move |connection: &Connection| {
                    rows::insert_idempotency(connection, &record, at)
                };
                Box::pin(self.write(insert)).await
            }
            None => Ok(()),
        }
    }

    pub(super) async fn commit(
        &self,
        change: Change,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        if planted!(EventOutsideCommit) {
            let update = change.clone();
            let update = move |connection: &Connection| rows::update_payment(connection, &update);
            Box::pin(self.write(update)).await?;
        }
        let untold = planted!(OutboxOutsideCommit).then(|| change.event.clone());
        self.write(move |connection| {
            // First what only reads: work that has written something and fails is done again.
            if !planted!(OrderGuardOnlyRead) {
                rows::obstacle(connection, &change)?;
            }
            if !planted!(EventOutsideCommit) && !rows::update_payment(connection, &change)? {
                return Err(StoreError::Conflict);
            }
            rows::claim_order(connection, &change)?;
            rows::insert_beside(connection, &change, idempotency.as_ref())
        })
        .await?;
        match untold {
            Some(event) => Box::pin(self.tell(event)).await,
            None => Ok(()),
        }
    }

    /// An event's row of the outbox alone: a planted bug.
    async fn tell(&self, event: Event) -> Result<(), StoreError> {
        self.write(move |connection| rows::insert_outbox(connection, &event))
            .await
    }

    pub(super) async fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let batch = self.write(move |connection| prune::batch(connection, before));
            match batch.await? {
                0 => return Ok(pruned),
                batch => pruned += batch,
            }
        }
    }

    pub(super) async fn prune_keys(&self, before: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.write(move |connection| {
            let values = params![before.as_millisecond(), most];
            let gone = connection
                .prepare_cached(queries::PRUNE_KEYS)?
                .execute(values)?;
            Ok(gone as u64)
        })
        .await
    }

    pub(super) async fn before_create(
        &self,
        key: Option<String>,
        order_id: String,
    ) -> Result<BeforeCreate, StoreError> {
        self.read(move |connection| {
            let known = key.map(|key| rows::idempotency(connection, &key));
            let holder = rows::holder(connection, &order_id)?;
            Ok(BeforeCreate {
                known: known.transpose()?.flatten(),
                paid_by: holder
                    .filter(|holder| holder.is_paid)
                    .map(|holder| holder.payment),
                is_restored: rows::newest_restored(connection)?.is_some(),
            })
        })
        .await
    }

    pub(super) async fn server_key(
        &self,
        name: &'static str,
        new: [u8; 32],
    ) -> Result<[u8; 32], StoreError> {
        self.write(move |connection| {
            connection.execute(queries::ADD_SERVER_KEY, params![name, new])?;
            Ok(connection.query_row(queries::SELECT_SERVER_KEY, [name], |row| row.get(0))?)
        })
        .await
    }

    pub(super) async fn newest_restored(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(rows::newest_restored).await
    }

    pub(super) async fn mark_restored(&self, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(queries::MARK_RESTORED, [at.as_millisecond()])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn clear_restored(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            connection.execute(queries::CLEAR_RESTORED, [])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn check_at(
        &self,
        id: PaymentId,
        version: u32,
        at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let at = at.map(Timestamp::as_millisecond);
            connection
                .prepare_cached(queries::CHECK_AT)?
                .execute(params![at, id.as_bytes(), version])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn claim_due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.write(move |connection| {
            let values = params![now.as_millisecond(), until.as_millisecond(), limit];
            let mut statement = connection.prepare_cached(queries::CLAIM_DUE)?;
            let ids = statement.query_map(values, |row| row.get(0))?;
            ids.map(|id| Ok(PaymentId::from_bytes(id?))).collect()
        })
        .await
    }

    pub(super) async fn claim_lookup(
        &self,
        id: PaymentId,
        now: Timestamp,
        interval: SignedDuration,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let before = timing::before(now, interval);
            let values = params![now.as_millisecond(), before.as_millisecond(), id.as_bytes()];
            let claimed = connection
                .prepare_cached(queries::CLAIM_LOOKUP)?
                .execute(values)?;
            Ok(claimed == 1)
        })
        .await
    }

    pub(super) async fn look_soon(&self, id: PaymentId, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(queries::LOOK_SOON)?
                .execute(params![at.as_millisecond(), id.as_bytes()])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn wake_in_doubt(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write(move |connection| {
            let woken = connection.execute(queries::WAKE_IN_DOUBT, [now.as_millisecond()])?;
            Ok(woken as u64)
        })
        .await
    }

    pub(super) async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.read(move |connection| rows::payment(connection, id))
            .await
    }

    pub(super) async fn list(&self, page: Page) -> Result<Vec<Listed<Payment>>, StoreError> {
        self.read_long(move |connection| rows::list(connection, &page))
            .await
    }

    pub(super) async fn id_of_tid(&self, tid: String) -> Result<Option<PaymentId>, StoreError> {
        self.read(move |connection| rows::id_of_tid(connection, &tid))
            .await
    }

    pub(super) async fn events(
        &self,
        id: PaymentId,
        page: (u32, u32),
    ) -> Result<Vec<Listed<Event>>, StoreError> {
        self.read_long(move |connection| rows::events(connection, id, page))
            .await
    }

    pub(super) async fn idempotency(&self, key: String) -> Result<Option<Idempotency>, StoreError> {
        self.read(move |connection| rows::idempotency(connection, &key))
            .await
    }

    pub(super) async fn add_api_key(&self, key: ApiKeyRow) -> Result<(), StoreError> {
        self.write(move |connection| {
            let values = params![key.hash, key.name, key.created_at.as_millisecond()];
            connection.execute(queries::INSERT_API_KEY, values)?;
            Ok(())
        })
        .await
    }

    pub(super) async fn has_api_key(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(queries::SELECT_API_KEY)?
                .exists([hash])?)
        })
        .await
    }

    pub(super) async fn has_any_api_key(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare(queries::SELECT_ANY_API_KEY)?
                .exists([])?)
        })
        .await
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.write(|connection| Ok(connection.query_row("select 1", [], |_| Ok(()))?))
            .await
    }
}

/// Brings the tables up to date.
fn migrate(mut connection: Connection) -> Result<Connection, MigrationError> {
    Migrations::from_slice(MIGRATIONS).to_latest(&mut connection)?;
    Ok(connection)
}

/// Takes the file for this process, or says that another has it: one that is about to end is waited for.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when a lock is free, and there is a deadline"
)]
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let failed = |problem: std::io::Error| OpenError::Failed {
        database: path.display().to_string(),
        problem: problem.to_string(),
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(beside))
        .map_err(failed)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => {
                std::thread::sleep(LOCK_LOOK);
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(OpenError::InUse(path.to_owned()));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
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
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
