//! Whether a server lives, and whether it is awake.
//!
//! **Invariant**: what shares a server's life stops for ever when it ends, and stands still while it
//! is suspended: as with SIGSTOP, or when its virtual machine is moved.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::world::lock;

#[derive(Clone, Default)]
pub(crate) struct Life(Arc<State>);

#[derive(Default)]
struct State {
    ended: CancellationToken,
    /// While it is suspended.
    wakes_at: Mutex<Option<Instant>>,
}

impl Life {
    /// The work, as long as there is life; never ready after that.
    pub(crate) async fn share<T>(&self, work: impl Future<Output = T>) -> T {
        let awake = async {
            self.awake().await;
            let done = work.await;
            self.awake().await;
            done
        };
        match self.until_end(awake).await {
            Some(done) => done,
            None => pending().await,
        }
    }

    pub(crate) async fn until_end<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.ended.cancelled() => None,
            done = work => Some(done),
        }
    }

    pub(super) async fn ended(&self) {
        self.0.ended.cancelled().await;
    }

    pub(super) fn end(&self) {
        self.0.ended.cancel();
    }

    /// Stands still for so long.
    pub(super) fn suspend(&self, lasts: Duration) {
        *lock(&self.0.wakes_at) = Some(Instant::now() + lasts);
    }

    async fn awake(&self) {
        loop {
            let wakes_at = *lock(&self.0.wakes_at);
            match wakes_at.filter(|at| *at > Instant::now()) {
                Some(at) => sleep_until(at).await,
                None => return,
            }
        }
    }
}
