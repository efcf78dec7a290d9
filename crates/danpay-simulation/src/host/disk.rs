//! One server's way to the books, and what becomes of the server on it.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use danpay_server::{Disk, Moment, StoreError, Touch};
use tokio::time::sleep;

use super::{AFTER_COMMIT, Await, BEFORE_COMMIT, Host, IN_COMMIT, LATE, Life, OVERTAKEN, UNTOLD};
use crate::audit;
use crate::books::Books;

/// Of 1,000 touches of the disk so many are a server's last.
const CRASHES: u32 = 6;
/// After so many, the server is not told that its commit was made.
const UNTOLD_PER_MILLE: u32 = 3;
/// So many are made, if the database is another machine, when the server waits no longer: PostgreSQL
/// gives a statement up after 5 s, and what is still on the way to it is there within 7 s.
const LATE_PER_MILLE: u32 = 3;
const LAG_MS: std::ops::Range<u64> = 0..12_000;
/// So often a server does not wait because it has died; otherwise it waits 7 s at most.
const CRASHES_LOST: u32 = 500;
const SILENCE_MS: std::ops::Range<u64> = 0..7_000;
/// So often PostgreSQL gives a statement up for another one's sake, whatever it would have written.
const OVERTAKEN_PER_MILLE: u32 = 3;

pub(super) struct HostDisk {
    pub(super) host: Arc<Host>,
    pub(super) life: Life,
    /// Whether the last write changed a payment.
    pub(super) is_news: AtomicBool,
}

impl Disk for HostDisk {
    fn touched(&self, moment: Moment) -> Touch<'_> {
        Box::pin(async move {
            let went = self.life.share(self.goes(moment)).await;
            let at = match moment {
                Moment::Read => Await::Read,
                Moment::BeforeCommit | Moment::Lost => Await::BeforeCommit,
                Moment::AfterCommit => Await::AfterCommit,
            };
            let is_news = moment == Moment::AfterCommit && self.is_news.load(Ordering::Relaxed);
            self.host.stands_still(&self.life, at, is_news).await;
            went
        })
    }

    fn wrote(&self) {
        let is_news = audit::committed(&self.host.world, self.host.number);
        self.is_news.store(is_news, Ordering::Relaxed);
    }

    fn lags(&self) -> Option<Duration> {
        let world = &self.host.world;
        let is_lost = world.fault(LATE_PER_MILLE, LATE);
        is_lost.then(|| world.chance.millis(LAG_MS))
    }
}

impl HostDisk {
    async fn goes(&self, moment: Moment) -> Result<(), StoreError> {
        let world = &self.host.world;
        let (how, crashes) = match moment {
            Moment::Read => (None, 0),
            Moment::BeforeCommit => (Some(BEFORE_COMMIT), CRASHES),
            Moment::AfterCommit => (Some(AFTER_COMMIT), CRASHES),
            Moment::Lost => (Some(IN_COMMIT), CRASHES_LOST),
        };
        if let Some(how) = how.filter(|_| world.strikes(crashes)) {
            self.host.crash(&self.life, how);
            return pending().await;
        }
        if moment == Moment::Lost {
            sleep(world.chance.millis(SILENCE_MS)).await;
            let problem = "the database did not answer in time";
            return Err(StoreError::Unavailable(problem.to_owned()));
        }
        // Now and then others come in between.
        if world.chance.is(250) {
            sleep(world.chance.millis(0..30)).await;
        }
        if moment == Moment::AfterCommit && world.fault(UNTOLD_PER_MILLE, UNTOLD) {
            return Err(StoreError::Unavailable(
                "the connection was lost".to_owned(),
            ));
        }
        let is_shared = matches!(world.books, Books::Postgres(_));
        if moment == Moment::BeforeCommit
            && is_shared
            && world.fault(OVERTAKEN_PER_MILLE, OVERTAKEN)
        {
            return Err(StoreError::Conflict);
        }
        world.weather.touch(&world.books, moment).await
    }
}
