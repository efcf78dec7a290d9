//! What happens to all at once: clocks that jump, a disk that is full.
//!
//! **Invariant**: all of it is over when the chaos is.

use std::sync::Arc;

use tokio::time::sleep;

use crate::timeline::note;
use crate::world::World;

pub(crate) async fn clocks_jump(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(1_000..180_000)).await;
        if let Some(host) = world.chance.pick(&world.hosts()).filter(|_| world.chaos()) {
            host.set_clock();
        }
    }
}

/// No page can be added to the database for a while.
pub(crate) async fn disk_fills(world: Arc<World>) {
    while world.chaos() {
        sleep(world.chance.millis(20_000..400_000)).await;
        if world.chaos() {
            world.count("disk full");
            note("disk", "is full");
            limit_pages(&world, 1);
            sleep(world.chance.millis(500..60_000)).await;
            limit_pages(&world, u32::MAX);
            note("disk", "has room again");
        }
    }
}

/// SQLite takes no limit below what it has.
fn limit_pages(world: &World, pages: u32) {
    let set = format!("pragma max_page_count = {}", pages.min(0xFFFF_FFFE));
    let limited = world
        .memory
        .inspect(|connection| connection.query_row(&set, [], |_| Ok(())));
    if let Err(error) = limited {
        world.violation(format!("the simulated disk fails by itself: {error}"));
    }
}
