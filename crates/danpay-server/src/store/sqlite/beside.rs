//! A database that another process may be serving: an operator's command reads and writes it beside that one.
//!
//! **Invariant**: the tables are never changed here, a file is never made, and only its owner comes in:
//! the log of another user would lock the server out. Each write is a short transaction of its own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{MIGRATIONS, set_up};
use crate::store::{OpenError, StoreError};

#[derive(Clone)]
pub(super) struct Beside(Arc<Mutex<Connection>>);

impl Beside {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |problem: String| OpenError::Failed {
            database: path.display().to_string(),
            problem,
        };
        let Ok(metadata) = fs::metadata(path) else {
            return Err(OpenError::Missing(path.display().to_string()));
        };
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(OpenError::Owner(path.to_owned(), metadata.uid()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .and_then(set_up)
            .and_then(|connection| {
                // The server moves the log's pages; whoever comes for a moment does not.
                connection.pragma_update(None, "wal_autocheckpoint", 0)?;
                Ok(connection)
            })
            .map_err(|error| failed(error.to_string()))?;
        let version: i64 = connection
            .query_row("pragma user_version", [], |row| row.get(0))
            .map_err(|error| failed(error.to_string()))?;
        match usize::try_from(version).unwrap_or(0).cmp(&MIGRATIONS.len()) {
            std::cmp::Ordering::Less => Err(OpenError::Older(path.display().to_string())),
            std::cmp::Ordering::Greater => Err(OpenError::Newer(path.display().to_string())),
            std::cmp::Ordering::Equal => Ok(Self(Arc::new(Mutex::new(connection)))),
        }
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.0);
        let run = move || {
            // A panic rolls back what it was at.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(behavior)?;
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        };
        let ran = tokio::task::spawn_blocking(run).await;
        ran.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }
}
