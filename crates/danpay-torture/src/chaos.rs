//! Chaos: shops sell while servers and their database are killed, or servers are rolled, and all else
//! goes wrong that can.
//! Invariant: at its end every server is alive, and so is the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use danpay_test_postgres::Cluster;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::plan::Plan;
use crate::world::{Phase, World};
use crate::{Args, database, fleet, roll, shop, weather};

/// Where chaos ends that cannot reach its kills: so many times its seconds, and a minute.
const CHAOS_MAX: u32 = 3;
/// At its end no lookup is answered for so long.
const NO_LOOKUPS: Duration = Duration::from_secs(10);
/// Between two orders.
const ORDERS_MS: std::ops::Range<u64> = 40..200;

// The streams of chance.
pub(crate) const ORDERS: u64 = 2;
pub(crate) const DATABASE: u64 = 4;
pub(crate) const FIRST_SERVER: u64 = 100;
pub(crate) const FIRST_ORDER: u64 = 1_000;

/// What it leaves behind.
pub(crate) struct Left {
    /// What shops and payers have begun goes on.
    pub(crate) orders: JoinSet<()>,
    /// It ends with this.
    pub(crate) cluster: Option<Cluster>,
    pub(crate) lasted: Duration,
}

/// Goes on until it is time.
pub(crate) async fn live(
    (args, cluster): (&Args, Option<Cluster>),
    world: &Arc<World>,
    seed: u64,
) -> Result<Left> {
    let began = Instant::now();
    let mut trouble = JoinSet::new();
    weather::begin(world, seed, &mut trouble);
    let cluster = begin_to_end_servers((args, cluster), world, seed, &mut trouble);
    let orders = sell(args, world, seed, &mut trouble).await?;
    world.enter(Phase::Calm);
    let lasted = began.elapsed();
    while let Some(ended) = trouble.join_next().await {
        ended??;
    }
    let cluster = match cluster {
        Database::Stands(cluster) => cluster,
        Database::Dies(killing) => {
            let cluster = killing.await??;
            if world.counted(database::KILLS) == 0 {
                world.violation("the database was never killed", None);
            }
            Some(cluster)
        }
    };
    Ok(Left {
        orders,
        cluster,
        lasted,
    })
}

/// The torture's own, if there is one.
enum Database {
    Stands(Option<Cluster>),
    Dies(JoinHandle<Result<Cluster>>),
}

/// Servers are rolled, or they and the database are killed.
fn begin_to_end_servers(
    (args, cluster): (&Args, Option<Cluster>),
    world: &Arc<World>,
    seed: u64,
    trouble: &mut JoinSet<Result<()>>,
) -> Database {
    if args.roll {
        let chance = Chance::new(seed, FIRST_SERVER);
        trouble.spawn(roll::keep_rolling(Arc::clone(world), chance));
        return Database::Stands(cluster);
    }
    let lives_ms = if world.fleet.len() == 1 {
        fleet::LIVES_MS
    } else {
        fleet::OF_SEVERAL_LIVES_MS
    };
    for (server, stream) in (0..world.fleet.len()).zip(FIRST_SERVER..) {
        let (chance, which) = (Chance::new(seed, stream), (server, lives_ms.clone()));
        trouble.spawn(fleet::keep_killing(Arc::clone(world), which, chance));
    }
    let Some(cluster) = cluster else {
        return Database::Stands(None);
    };
    let chance = Chance::new(seed, DATABASE);
    let killing = database::keep_killing(Arc::clone(world), (cluster, database::LIVES_MS), chance);
    Database::Dies(tokio::spawn(killing))
}

/// One order after the other.
async fn sell(
    args: &Args,
    world: &Arc<World>,
    seed: u64,
    trouble: &mut JoinSet<Result<()>>,
) -> Result<JoinSet<()>> {
    let began = Instant::now();
    let least = Duration::from_secs(args.seconds).saturating_sub(NO_LOOKUPS);
    let most = least * CHAOS_MAX + Duration::from_mins(1);
    let mut ends_at = None;
    let mut orders = JoinSet::new();
    let mut rhythm = Chance::new(seed, ORDERS);
    for number in 0.. {
        let took = began.elapsed();
        if ends_at.is_some_and(|at| took >= at) {
            break;
        }
        let is_enough = took >= most || took >= least && ends(world) >= args.kills;
        if is_enough && ends_at.is_none() {
            world.enter(Phase::NoLookups);
            ends_at = Some(took + NO_LOOKUPS);
        }
        if let Some(ended) = trouble.try_join_next() {
            ended??;
            bail!("chaos ended before its time");
        }
        let mut chance = Chance::new(seed, FIRST_ORDER + number);
        let plan = Plan::draw(number, &mut chance);
        orders.spawn(shop::sell(Arc::clone(world), plan, chance));
        sleep(rhythm.millis(ORDERS_MS)).await;
    }
    Ok(orders)
}

/// How often a server has ended, by a kill or because it was told to.
pub(crate) fn ends(world: &World) -> u64 {
    world.counted("kills") + world.counted("rolls")
}
