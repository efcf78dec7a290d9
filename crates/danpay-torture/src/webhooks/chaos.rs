//! Chaos: events are made while servers and their database are killed and receivers misbehave.
//! Invariant: at its end every server is alive, and so is the database.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use danpay_test_postgres::Cluster;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::makers::{MAKERS, Making};
use super::receiver::Receiver;
use super::temper::Temper;
use super::{Args, Scene, gone};
use crate::chance::Chance;
use crate::chaos::{DATABASE, FIRST_SERVER};
use crate::world::Phase;
use crate::{database, fleet};

/// Between the start of a server and its next kill. What it has under way then waits for forty seconds.
const LIVES_MS: Range<u64> = 1_500..7_000;
/// The same of the database: events are made in between.
const DATABASE_LIVES_MS: Range<u64> = 12_000..30_000;
/// Where chaos ends whose events are not made: so many times its seconds, and a minute.
const CHAOS_MAX: u64 = 3;
const LOOKS_EVERY: Duration = Duration::from_millis(200);
// A stream of chance.
const FIRST_MAKER: u64 = 400;

/// Until the events are made, and it is time. What makes them goes on, and the database ends with what is
/// given back.
pub(super) async fn live(
    args: &Args,
    (scene, cluster): (&Scene, Option<Cluster>),
    seed: u64,
) -> Result<(Option<Cluster>, JoinSet<()>)> {
    let began = Instant::now();
    let world = &scene.world;
    let mut trouble = JoinSet::new();
    for (server, stream) in (0..world.fleet.len()).zip(FIRST_SERVER..) {
        let (chance, which) = (Chance::new(seed, stream), (server, LIVES_MS));
        trouble.spawn(fleet::keep_killing(Arc::clone(world), which, chance));
    }
    let mut chance = Chance::new(seed, FIRST_MAKER);
    let is_gone = |receiver: &&Arc<Receiver>| receiver.temper == Temper::Gone;
    for receiver in scene.receivers.iter().filter(is_gone) {
        let operator = (Arc::clone(world), Arc::clone(&scene.desk));
        trouble.spawn(gone::keep_going(
            operator,
            Arc::clone(receiver),
            chance.fork(),
        ));
    }
    let killing = cluster.map(|cluster| {
        let chance = Chance::new(seed, DATABASE);
        let cluster = (cluster, DATABASE_LIVES_MS);
        tokio::spawn(database::keep_killing(Arc::clone(world), cluster, chance))
    });
    let making = Arc::new(Making::new(world, args));
    let mut makers = JoinSet::new();
    makers.spawn(Arc::clone(&making).sell(seed, chance.fork()));
    for _ in 0..MAKERS {
        makers.spawn(Arc::clone(&making).make(chance.fork()));
    }
    let (least, most) = (args.seconds, args.seconds * CHAOS_MAX + 60);
    while began.elapsed() < Duration::from_secs(least) || !making.is_enough() {
        if began.elapsed() > Duration::from_secs(most) {
            break;
        }
        if let Some(ended) = trouble.try_join_next() {
            ended??;
            bail!("chaos ended before its time");
        }
        sleep(LOOKS_EVERY).await;
    }
    world.enter(Phase::Calm);
    while let Some(ended) = trouble.join_next().await {
        ended??;
    }
    let cluster = match killing {
        Some(killing) => Some(killing.await??),
        None => None,
    };
    Ok((cluster, makers))
}
