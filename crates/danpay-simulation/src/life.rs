//! One run: everybody lives until all has settled, then the books are audited.
//!
//! **Invariant**: one thread, tokio's paused clock, and nothing from outside but the seed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Once};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::books::{Books, Place};
use crate::chance::Chance;
use crate::counts::Counts;
use crate::host::Host;
use crate::kakaopay::KakaoPay;
use crate::seller::Seller;
use crate::world::World;
use crate::{audit, desk, keys, operator, seller, shop, timeline, weather};

/// From the last trouble on: the longest that a server is suspended, the 15 minutes of a TID, the
/// margin after them, and the longest wait of recovery between two looks.
const SETTLES: Duration = Duration::from_mins(26);

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What decided it.
    pub seed: u64,
    /// Everything that happened, one line each.
    pub timeline: String,
    /// How often what happened.
    pub counts: Counts,
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

/// glibc gives memory back to the system whenever 128 KiB at the end of it are free, as they are after
/// each statement of SQLite's that sorts, and takes it again for the next: half of a life's time. Once
/// so large a piece was freed, it waits until twice as much is.
fn keep_memory() {
    const PIECE: usize = 32 * 1024 * 1024 - 64 * 1024;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::hint::black_box(vec![0_u8; PIECE])));
}

/// Lives the life that `seed` decides, on empty books in this place.
pub fn live(seed: u64, place: &Place) -> Result<Report> {
    keep_memory();
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
    let world = World::new(seed, kakaopay, books, chance);
    weather::counts(&world);
    let mut background = JoinSet::new();
    let hosts = if world.temper.is_alone {
        1
    } else {
        world.chance.number(1..4)
    };
    for number in 0..hosts {
        let host = Host::new(usize::try_from(number)?, Arc::clone(&world));
        world.add_host(Arc::clone(&host));
        background.spawn(host.keep_running());
    }
    if world.temper.others {
        background.spawn(weather::clocks_jump(Arc::clone(&world)));
        background.spawn(weather::books_fail(Arc::clone(&world)));
        background.spawn(weather::kakaopay_is_down(Arc::clone(&world)));
    }
    if world.temper.new_keys {
        background.spawn(keys::are_replaced(Arc::clone(&world)));
    }
    if world.temper.two_shops {
        background.spawn(seller::second_opens(Arc::clone(&world)));
    }
    for seller in Seller::all(&world) {
        background.spawn(shop::follow::follow(Arc::clone(&world), seller));
    }
    let mut hooks = JoinSet::new();
    if world.hooks.are_there {
        for seller in Seller::all(&world) {
            for number in 0..2 {
                hooks.spawn(shop::hooks::keep(Arc::clone(&world), seller, number));
            }
        }
    }
    let mut orders = JoinSet::new();
    if world.temper.restored {
        orders.spawn(operator::restores(Arc::clone(&world)));
    }
    for number in 0..world.chance.number(2..8) {
        orders.spawn(shop::sell(Arc::clone(&world), number));
    }
    let least = if world.temper.is_late {
        1_200_000
    } else {
        120_000
    };
    sleep(world.chance.millis(least..1_500_000)).await;
    world.calm_down();
    seller::second_gets_new_key(&world).await;
    while let Some(order) = orders.join_next().await {
        order.context("an actor panicked")?;
    }
    desk::reconcile(&world).await;
    while let Some(hook) = hooks.join_next().await {
        hook.context("an actor panicked")?;
    }
    sleep(SETTLES).await;
    if world.temper.days_later {
        operator::days_later(&world).await;
        sleep(SETTLES).await;
    }
    shop::follow::to_the_end(&world).await;
    audit::audit(&world);
    world.end();
    Ok(world)
}
