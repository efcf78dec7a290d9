//! KakaoPay's journal, read often enough to have all of it: the sandbox keeps the last 1,000 calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use tokio::time::sleep;

use crate::world::World;

const EVERY: Duration = Duration::from_secs(2);

/// By their numbers.
pub(crate) type Journal = BTreeMap<u64, Entry>;

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
    pub(crate) tid: Option<String>,
}

/// Collects until nobody waits for an answer any more.
pub(crate) async fn collect(world: Arc<World>) -> Result<Journal> {
    let mut journal = Journal::new();
    loop {
        // Before the last look, so that it sees all.
        let over = world.is_over();
        let entries: Vec<Entry> = world.sandbox.journal().await?;
        journal.extend(entries.into_iter().map(|entry| (entry.number, entry)));
        if over {
            return Ok(journal);
        }
        sleep(EVERY).await;
    }
}
