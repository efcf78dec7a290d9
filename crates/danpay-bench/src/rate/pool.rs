//! Connections that wait for the next call. There are as many as calls were under way at once.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::connection::Connection;

#[derive(Clone)]
pub(super) struct Pool {
    url: Arc<str>,
    authorization: Arc<str>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Pool {
    pub(super) fn to(url: &str, authorization: &str) -> Self {
        Self {
            url: url.into(),
            authorization: authorization.into(),
            idle: Arc::default(),
        }
    }

    pub(super) async fn take(&self) -> Result<Connection> {
        // The last one back is the first one out: it is the likeliest to be warm.
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Connection::open(&self.url, &self.authorization).await,
        }
    }

    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }
}
