//! KakaoPay's journal, read often enough to have all of it: the sandbox keeps the last 1,000 calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Deserialize;
use tokio::time::sleep;

use crate::world::World;

const EVERY: Duration = Duration::from_millis(500);

/// For how long whoever is answered 429 is told to leave KakaoPay alone.
const REST: Duration = Duration::from_mins(1);

#[derive(Default)]
pub(crate) struct Journal {
    /// By their numbers.
    pub(crate) calls: BTreeMap<u64, Entry>,
    /// Until when somebody was told to leave KakaoPay alone, as far as that is known.
    pub(crate) rest_until: Option<Instant>,
}

impl Journal {
    fn add(&mut self, entry: Entry) {
        let turned_away = entry.status == Some(429);
        if self.calls.insert(entry.number, entry).is_none() && turned_away {
            self.rest_until = Some(Instant::now() + REST);
        }
    }

    /// Whether calls are missing, since too many were made between two looks.
    pub(crate) fn has_gaps(&self) -> bool {
        let last = self.calls.last_key_value();
        last.is_some_and(|(number, _)| usize::try_from(*number) != Ok(self.calls.len()))
    }
}

/// A call that danpay made.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) status: Option<u16>,
    pub(crate) answer: Option<String>,
    pub(crate) fault: Option<String>,
    pub(crate) error_code: Option<i64>,
    pub(crate) tid: Option<String>,
}

impl Entry {
    /// Which call it is.
    pub(crate) fn call(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Collects until nobody waits for an answer any more.
pub(crate) async fn collect(world: Arc<World>) -> Result<Journal> {
    let mut journal = Journal::default();
    loop {
        // Before the last look, so that it sees all.
        let over = world.is_over();
        let entries: Vec<Entry> = world.sandbox.journal().await?;
        for entry in entries {
            journal.add(entry);
        }
        if over {
            return Ok(journal);
        }
        sleep(EVERY).await;
    }
}
