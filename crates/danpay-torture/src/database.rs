//! PostgreSQL as a process, which is killed and started again like danpay's servers.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use danpay_test_postgres::{Cluster, Settings};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::World;

/// What asks for a database of the torture's own.
pub(crate) const POSTGRES: &str = "postgres";

/// What is counted.
pub(crate) const KILLS: &str = "kills of the database";

/// Between a start and the next kill, and how long it stays away. It recovers for some seconds where
/// the disk has much else to do, and servers have to come up in between.
pub(crate) const LIVES_MS: Range<u64> = 4_000..12_000;
const STAYS_DEAD_MS: Range<u64> = 0..1_500;

/// An empty database in a cluster of its own, in which every commit is flushed.
pub(crate) async fn start() -> Result<(Cluster, String)> {
    apart(|| {
        let cluster = Cluster::start(&Settings::durable())?;
        let name = cluster.create_database()?;
        // Through its socket, where there is no password: servers that live for a second would do
        // little else than prove that they know it.
        let url = cluster.url(&name);
        Ok((cluster, url))
    })
    .await
}

/// Kills it and starts it again for as long as there is chaos; at the end it is alive.
pub(crate) async fn keep_killing(
    world: Arc<World>,
    (mut cluster, lives_ms): (Cluster, Range<u64>),
    mut chance: Chance,
) -> Result<Cluster> {
    loop {
        sleep(chance.millis(lives_ms.clone())).await;
        if !world.is_chaos() {
            return Ok(cluster);
        }
        let killing = apart(move || cluster.kill().map(|()| cluster));
        cluster = killing.await?;
        world.count(KILLS);
        sleep(chance.millis(STAYS_DEAD_MS)).await;
        let starting = apart(move || cluster.restart().map(|()| cluster));
        cluster = starting.await?;
    }
}

/// Runs what waits for other processes on a thread of its own. Whoever does not wait for it any
/// more need not wait for its end either.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || tell.send(work()).ok());
    told.await.context("it panicked")?
}
