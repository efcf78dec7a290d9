//! The same database in memory, read and written on the caller's thread: a whole life of servers and
//! payers then runs on one thread, and a seed decides all of it.
//!
//! **Invariant**: the SQL and the transactions are production's own; only the disk is another,
//! and what becomes of a server at each touch of it is the simulation's choice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::writer::{answered, commit_together, job};
use super::{migrate, set_up};
use crate::store::simulated::{Disk, Moment};
use crate::store::{OpenError, StoreError};

const ALL_PAGES: i32 = -1;

/// A database in memory. Clones are one and the same, for several servers.
#[derive(Clone)]
pub struct Memory(Arc<Mutex<Connection>>);

impl Memory {
    /// An empty one.
    pub fn new() -> Result<Self, OpenError> {
        let failed = |problem: String| OpenError::Failed {
            database: ":memory:".to_owned(),
            problem,
        };
        let connection = Connection::open_in_memory()
            .and_then(set_up)
            .map_err(|error| failed(error.to_string()))?;
        let connection = migrate(connection).map_err(|error| failed(error.to_string()))?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// A copy as of now.
    pub fn back_up(&self) -> Result<Connection, StoreError> {
        let mut copy = Connection::open_in_memory()?;
        Backup::new(&self.lock(), &mut copy)?.step(ALL_PAGES)?;
        Ok(copy)
    }

    /// The copy takes the place of this database.
    pub fn put_back(&self, copy: &Connection) -> Result<(), StoreError> {
        Backup::new(copy, &mut self.lock())?.step(ALL_PAGES)?;
        Ok(())
    }

    /// For whoever audits the database.
    pub fn inspect<T>(&self, look: impl FnOnce(&Connection) -> T) -> T {
        look(&self.lock())
    }

    pub(super) fn on(&self, disk: Arc<dyn Disk>) -> Inline {
        let memory = self.clone();
        Inline { memory, disk }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One server's way to the database.
pub(super) struct Inline {
    memory: Memory,
    disk: Arc<dyn Disk>,
}

impl Inline {
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.disk.touched(Moment::BeforeCommit).await?;
        let (job, answer) = job(work);
        commit_together(&self.memory.lock(), &mut vec![job]);
        self.disk.wrote();
        self.disk.touched(Moment::AfterCommit).await?;
        answered(answer).await
    }

    pub(super) async fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.disk.touched(Moment::Read).await?;
        work(&self.memory.lock())
    }
}
