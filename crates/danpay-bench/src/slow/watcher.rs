//! Whoever watches the server: asks `/livez` on a new connection each time, and keeps the slowest answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinHandle;

use crate::connection::Connection;

const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Watcher {
    is_over: Arc<AtomicBool>,
    watching: JoinHandle<Result<Duration>>,
}

impl Watcher {
    pub(super) fn of(url: &str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (url, over) = (url.to_owned(), Arc::clone(&is_over));
        let watching = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                Connection::open(&url, "").await?.get("/livez").await?;
                slowest = slowest.max(begun.elapsed());
                tokio::time::sleep(PAUSE).await;
            }
            Ok(slowest)
        });
        Self { is_over, watching }
    }

    pub(super) async fn stop(self) -> Result<Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        self.watching.await?
    }
}
