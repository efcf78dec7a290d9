//! What works in the background for as long as the server runs.
//!
//! **Invariant**: a worker ends only when it is told to stop. One that panics is started again:
//! nobody would notice for a long time that payments are not recovered any more.

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::limits;

/// Does `work`, anew after each panic, until it ends or `stopping`.
pub(crate) async fn keep_at_work<W>(
    worker: &'static str,
    stopping: CancellationToken,
    work: impl Fn(CancellationToken) -> W,
) where
    W: Future<Output = ()> + Send + 'static,
{
    // A panic ends the task that it is in, so the work has one of its own.
    while let Err(error) = AbortOnDropHandle::new(tokio::spawn(work(stopping.clone()))).await {
        tracing::error!(worker, %error, "a worker panicked and is started again");
        tokio::select! {
            biased;
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(limits::WORKER_PAUSE) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// How often work was begun, which panics so often before it ends.
    async fn begun(panics: u32, stopping: CancellationToken) -> u32 {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        keep_at_work("test", stopping, move |_| {
            let turn = count.fetch_add(1, Ordering::Relaxed);
            async move { assert!(turn >= panics, "planted") }
        })
        .await;
        begun.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_worker_that_panics_is_started_again_until_it_ends() {
        assert_eq!(begun(2, CancellationToken::new()).await, 3);
    }

    #[tokio::test]
    async fn a_worker_that_panics_is_not_started_again_once_the_server_stops() {
        let stopping = CancellationToken::new();
        stopping.cancel();
        assert_eq!(begun(2, stopping).await, 1);
    }
}
