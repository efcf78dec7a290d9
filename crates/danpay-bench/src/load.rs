//! Connections that work side by side, each one call after another, until there is enough.
//! Invariant: a payment that was begun is finished, so that counts and times belong together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

/// When a load ends: with its last piece of work or with its time, whichever comes first.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    /// The number of the first piece of work.
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) time: Instant,
}

/// The pieces of work that are left, shared by all connections.
#[derive(Clone)]
pub(crate) struct Share {
    until: Until,
    taken: Arc<AtomicU64>,
}

impl Share {
    /// The number of the next piece of work, if there is one.
    pub(crate) fn next(&self) -> Option<u64> {
        if Instant::now() >= self.until.time {
            return None;
        }
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        (number < self.until.count).then_some(self.until.first + number)
    }
}

/// Lets each of the workers take from one share, and gives back what each made of it and how long
/// all of them took.
pub(crate) async fn share<W, F, T>(
    workers: impl IntoIterator<Item = W>,
    until: Until,
    work: impl Fn(W, Share) -> F,
) -> Result<(Vec<T>, Duration)>
where
    F: Future<Output = Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let share = Share {
        until,
        taken: Arc::default(),
    };
    let begun = Instant::now();
    let mut working: JoinSet<_> = workers
        .into_iter()
        .map(|worker| work(worker, share.clone()))
        .collect();
    let mut made = Vec::new();
    while let Some(done) = working.join_next().await {
        made.push(done??);
    }
    Ok((made, begun.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn counted(until: Until) -> u64 {
        let count = |(), share: Share| async move {
            let mut count = 0;
            while share.next().is_some() {
                count += 1;
                tokio::task::yield_now().await;
            }
            Ok(count)
        };
        let (counts, _) = share([(); 3], until, count).await.unwrap();
        assert_eq!(counts.len(), 3);
        counts.iter().sum()
    }

    #[tokio::test]
    async fn all_work_is_done_once_however_many_share_it() {
        let until = Until {
            first: 0,
            count: 100,
            time: Instant::now() + Duration::from_hours(1),
        };
        assert_eq!(counted(until).await, 100);
    }

    #[tokio::test]
    async fn nothing_is_begun_when_time_is_up() {
        let until = Until {
            first: 0,
            count: 100,
            time: Instant::now(),
        };
        assert_eq!(counted(until).await, 0);
    }
}
