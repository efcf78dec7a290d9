//! The receiver that answers 410 for a while, and its operator, who enables its endpoint again.
//! Invariant: at the end of the chaos it takes everything.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::desk::Desk;
use super::receiver::Receiver;
use crate::chance::Chance;
use crate::world::World;

/// What is counted.
pub(super) const DISABLED: &str = "receivers: disabled by a 410";

/// From one time to the next, and how long it is disabled.
const BETWEEN_MS: Range<u64> = 6_000..12_000;
const DISABLED_MS: Range<u64> = 500..3_000;
const LOOKS_EVERY: Duration = Duration::from_millis(300);

pub(super) async fn keep_going(
    (world, desk): (Arc<World>, Arc<Desk>),
    receiver: Arc<Receiver>,
    mut chance: Chance,
) -> Result<()> {
    let id = &receiver.endpoint.id;
    while world.is_chaos() {
        sleep(chance.millis(BETWEEN_MS)).await;
        receiver.is_gone.store(true, Ordering::SeqCst);
        while world.is_chaos() && desk.disabled_at(id, &mut chance).await?.is_none() {
            sleep(LOOKS_EVERY).await;
        }
        sleep(chance.millis(DISABLED_MS)).await;
        receiver.is_gone.store(false, Ordering::SeqCst);
        if desk.disabled_at(id, &mut chance).await?.is_some() {
            world.count(DISABLED);
            desk.enable(id, &mut chance).await?;
        }
    }
    Ok(())
}
