//! What goes wrong beside the kills, each at its own pace for as long as there is chaos.
//! Invariant: when the chaos is over nothing waits to go wrong any more.

mod descriptors;
mod faults;
pub(crate) mod flood;
mod keys;
mod strangers;

use std::sync::Arc;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::world::World;

// The streams of chance.
const FAULTS: u64 = 10;
const KEYS: u64 = 11;
const DESCRIPTORS: u64 = 12;
const STRANGERS: u64 = 13;
const FLOOD: u64 = 14;

/// Lets all of it begin among the other `trouble`.
pub(crate) fn begin(world: &Arc<World>, seed: u64, trouble: &mut JoinSet<Result<()>>) {
    let share = |stream| (Arc::clone(world), Chance::new(seed, stream));
    trouble.spawn(faults::change(share(FAULTS)));
    trouble.spawn(keys::keep_rotating(share(KEYS)));
    trouble.spawn(descriptors::keep_using_up(share(DESCRIPTORS)));
    trouble.spawn(flood::keep_flooding(share(FLOOD)));
    trouble.spawn(strangers::keep_coming(share(STRANGERS)));
}
