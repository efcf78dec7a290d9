//! Connections that only read, beside the writer, and never wait for it.
//!
//! **Invariant**: a read of a few rows is made where it is asked for: it takes some ten
//! microseconds, and to hand it to another thread and back takes longer. A read of many rows gets
//! a thread, so that nobody else waits for it. A read that panics panics where it was asked for, and
//! its connection reads on. Nothing is read from files that are no longer those under their names.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::presence::Presence;
use crate::store::StoreError;

/// How many long reads are made at once.
const LONG: usize = 4;
/// How many short ones, at most: beyond that, one of them waits for another.
const SHORT_MAX: usize = 8;

pub(super) struct Readers {
    short: Vec<Mutex<Connection>>,
    next: AtomicUsize,
    long: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    file: Arc<Presence>,
}

impl Readers {
    /// How many connections they are.
    pub(super) fn count() -> usize {
        short() + LONG
    }

    pub(super) fn open(
        connect: impl Fn() -> rusqlite::Result<Connection>,
        file: Arc<Presence>,
    ) -> rusqlite::Result<Self> {
        let connect = || {
            let connection = connect()?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        };
        let short = (0..short()).map(|_| connect().map(Mutex::new));
        let long = (0..LONG).map(|_| connect());
        Ok(Self {
            short: short.collect::<rusqlite::Result<_>>()?,
            next: AtomicUsize::new(0),
            long: Arc::new(Mutex::new(long.collect::<rusqlite::Result<_>>()?)),
            turns: Arc::new(Semaphore::new(LONG)),
            file,
        })
    }

    /// Reads a few rows, on the caller's thread.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.file.check_lately().map_err(StoreError::Unavailable)?;
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let connection = self.short.get(next % self.short.len()).ok_or_else(closed)?;
        work(&lock(connection))
    }

    /// Reads many rows, on a thread of its own.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.file.check_lately().map_err(StoreError::Unavailable)?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let free = Arc::clone(&self.long);
        let reading = tokio::task::spawn_blocking(move || {
            let connection = lock(&free).pop().ok_or_else(closed)?;
            // Given back even then: otherwise a few panics leave nothing to read with.
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&connection)));
            lock(&free).push(connection);
            drop(turn);
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        });
        reading.await.unwrap_or_else(|error| {
            match error.try_into_panic() {
                // It is the caller's.
                Ok(panic) => resume_unwind(panic),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            }
        })
    }
}

/// More at once than the machine has threads there are not.
fn short() -> usize {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    threads.min(SHORT_MAX)
}

fn closed() -> StoreError {
    StoreError::Unavailable("the database is closed".to_owned())
}

/// Nothing behind these locks is ever left half-changed, so a poisoned one is as good as another.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_that_panic_take_no_connection_away() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connect = || super::super::connect(file.path());
        connect().unwrap();
        let presence = Arc::new(Presence::of(file.path()).unwrap());
        let readers = Arc::new(Readers::open(connect, presence).unwrap());
        for _ in 0..=LONG.max(SHORT_MAX) {
            let panicking = Arc::clone(&readers);
            let long = async move { panicking.read_long::<()>(|_| panic!("planted")).await };
            assert!(tokio::spawn(long).await.unwrap_err().is_panic());
            let panicking = Arc::clone(&readers);
            let short = async move { panicking.read::<()>(|_| panic!("planted")) };
            assert!(tokio::spawn(short).await.unwrap_err().is_panic());
        }
        let one = |connection: &Connection| {
            Ok(connection.query_row("select 1", [], |row| row.get::<_, u32>(0))?)
        };
        assert_eq!(readers.read_long(one).await.unwrap(), 1);
        assert_eq!(readers.read(one).unwrap(), 1);
    }
}
