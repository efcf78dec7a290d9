//! Connections that only read, beside the writer.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::store::StoreError;

/// Each read takes well under a millisecond, so a few connections serve many callers.
const CONNECTIONS: usize = 4;

pub(super) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(
        connect: impl Fn() -> rusqlite::Result<Connection>,
    ) -> rusqlite::Result<Self> {
        let connections = (0..CONNECTIONS)
            .map(|_| {
                let connection = connect()?;
                connection.pragma_update(None, "query_only", true)?;
                Ok(connection)
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let turns = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Self {
            free: Arc::new(Mutex::new(connections)),
            turns,
        })
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = || StoreError::Unavailable("the database is closed".to_owned());
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let free = Arc::clone(&self.free);
        let reading = tokio::task::spawn_blocking(move || {
            // The list is never left half-changed, so a poisoned lock is as good as another.
            let list = || free.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = list().pop().ok_or_else(closed)?;
            let result = work(&connection);
            list().push(connection);
            drop(turn);
            result
        });
        reading
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }
}
