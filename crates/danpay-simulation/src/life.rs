//! One run: everybody lives until all has settled, then the books are audited.
//!
//! **Invariant**: one thread, tokio's paused clock, and nothing from outside but the seed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::books::{Books, Place};
use crate::host::Host;
use crate::kakaopay::KakaoPay;
use crate::world::{Chance, World};
use crate::{audit, desk, shop, timeline, weather};

/// From the last trouble on: the 15 minutes of a TID, the margin after them, and the longest wait
/// of recovery between two looks.
const SETTLES: Duration = Duration::from_mins(22);

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What decided it.
    pub seed: u64,
    /// Everything that happened, one line each.
    pub timeline: String,
    /// How often what happened: payments by their end, faults and crashes by their kind.
    pub counts: BTreeMap<&'static str, u64>,
    /// What must not have happened, in sentences.
    pub violations: Vec<String>,
}

impl Report {
    /// Two runs with one hash went the same way.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.timeline.hash(&mut hasher);
        hasher.finish()
    }
}

/// Lives the life that `seed` decides, on empty books in this place.
pub fn live(seed: u64, place: &Place) -> Result<Report> {
    let books = place.books()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        timeline::begin();
        let lived = life(seed, books).await;
        let timeline = timeline::end();
        let world = lived?;
        let record = std::mem::take(&mut *world.record());
        Ok(Report {
            seed,
            timeline,
            counts: record.counts,
            violations: record.violations,
        })
    })
}

async fn life(seed: u64, books: Books) -> Result<Arc<World>> {
    let chance = Chance::new(seed);
    let kakaopay = KakaoPay::new(seed, chance.fork())?;
    let world = World::new(kakaopay, books, chance);
    let mut background = JoinSet::new();
    for number in 0..world.chance.number(1..4) {
        let host = Host::new(usize::try_from(number)?, Arc::clone(&world));
        world.add_host(Arc::clone(&host));
        background.spawn(host.keep_running());
    }
    if world.faults.others {
        background.spawn(weather::clocks_jump(Arc::clone(&world)));
        background.spawn(weather::books_fail(Arc::clone(&world)));
        background.spawn(weather::kakaopay_is_down(Arc::clone(&world)));
    }
    let mut orders = JoinSet::new();
    for number in 0..world.chance.number(1..6) {
        orders.spawn(shop::sell(Arc::clone(&world), number));
    }
    let least = if world.faults.is_late {
        1_200_000
    } else {
        120_000
    };
    sleep(world.chance.millis(least..1_500_000)).await;
    world.calm_down();
    while let Some(order) = orders.join_next().await {
        order.context("an actor panicked")?;
    }
    desk::reconcile(&world).await;
    sleep(SETTLES).await;
    audit::audit(&world);
    world.end();
    Ok(world)
}
