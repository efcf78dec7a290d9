//! A rolling restart: one server after the other is told to stop, ends, and is started again, while
//! shops sell through a load balancer that sends nobody to a server that says it is not ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::World;

/// Between the start of one, once it is ready, and the end of the next.
const BETWEEN_MS: std::ops::Range<u64> = 500..2_000;
const LOOK: Duration = Duration::from_millis(50);
/// Its time to drain, the nine seconds of what is under way, and slack for a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(40);

/// Rolls for as long as there is chaos; at the end all servers are alive.
pub(crate) async fn keep_rolling(world: Arc<World>, mut chance: Chance) -> Result<()> {
    for index in (0..world.fleet.len()).cycle() {
        sleep(chance.millis(BETWEEN_MS)).await;
        if !world.is_chaos() {
            break;
        }
        roll(&world, index, &mut chance).await?;
        world.count("rolls");
    }
    Ok(())
}

async fn roll(world: &World, index: usize, chance: &mut Chance) -> Result<()> {
    let server = world.fleet.server(index)?;
    server.terminate().await?;
    let begun = Instant::now();
    // The load balancer looks, and as long as the server says that it is ready, sends payers there.
    loop {
        match server.readiness(&world.http).await {
            Some(StatusCode::OK) => {}
            Some(_) => break,
            None => {
                let what = "a server took no connection before it said that it is not ready";
                world.violation(what, None);
                break;
            }
        }
        ensure!(
            begun.elapsed() < ENDS_WITHIN,
            "a stopping server stays ready"
        );
        sleep(LOOK).await;
    }
    server.leave_rotation();
    let status = server.ended(ENDS_WITHIN).await?;
    if !status.success() {
        let what = format!("a server that was told to stop ended with {status}");
        world.violation(what, None);
    }
    server.start_anew(world, chance).await
}
