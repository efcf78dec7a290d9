//! `cargo xtask torture webhooks`: events on their way to receivers that fail, hang, send elsewhere,
//! are gone for a while and restart, from servers that are killed. Then all behave, and each event has to
//! have arrived everywhere: whole, signed, in order and at least once.

mod bodies;
mod chaos;
mod desk;
mod drain;
mod feed;
mod gone;
mod inbox;
mod judge;
mod makers;
mod message;
mod receiver;
mod report;
mod temper;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use danpay_test_postgres::Cluster;
use danpay_testkit::process::free_port;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::chance::Chance;
use crate::torture::{begin, own_database};
use crate::world::{Phase, World};
use crate::{fleet, say};
use bodies::Bodies;
use desk::Desk;
use feed::Feed;
use inbox::now;
use receiver::Receiver;
use report::Summary;
use temper::Temper;

/// What payers and shops have begun ends by then.
const SETTLES_WITHIN: Duration = Duration::from_mins(3);

// Streams of chance.
const SCENE: u64 = 5;
const FIRST_RECEIVER: u64 = 300;

/// Tell receivers that fail, hang and restart while servers are killed, and check that all arrives
#[derive(clap::Args)]
#[command(bin_name = "cargo xtask torture webhooks")]
pub(crate) struct Args {
    /// So many events at least, each for every receiver
    #[arg(long, default_value_t = 10_000)]
    events: u64,
    /// How long servers are killed and receivers misbehave, at least
    #[arg(long, default_value_t = 75)]
    seconds: u64,
    /// What shops, payers and receivers do follows from it, when processes die does not [default: any]
    #[arg(long)]
    seed: Option<u64>,
    /// So many servers on one database
    #[arg(long, default_value_t = 1)]
    servers: usize,
    /// The database, which must be empty: a URL, or `postgres` for a PostgreSQL of its own
    /// that is killed, too [default: a SQLite file in a folder of its own]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The program to torture [default: the danpay beside this program]
    #[arg(long, value_name = "FILE")]
    danpay: Option<PathBuf>,
}

/// What all share, besides the world.
struct Scene {
    world: Arc<World>,
    desk: Arc<Desk>,
    feed: Arc<Feed>,
    bodies: Arc<Bodies>,
    receivers: Vec<Arc<Receiver>>,
}

/// Whether all was well.
pub(crate) async fn run(args: Args) -> Result<bool> {
    fleet::possible(args.servers, args.database.as_deref())?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!("torture: webhooks, seed {seed}"));
    let folder = tempfile::tempdir()?;
    let mut of_torture = crate::Args {
        seconds: args.seconds,
        kills: 0,
        seed: Some(seed),
        servers: args.servers,
        database: args.database.clone(),
        danpay: args.danpay.clone(),
        roll: false,
        other: None,
    };
    let cluster = own_database(&mut of_torture).await?;
    let world = Arc::new(begin(&of_torture, folder.path(), seed).await?);
    let done = live(&args, (world, cluster), seed).await;
    if !matches!(done, Ok(true)) {
        let kept = folder.keep();
        say(&format!(
            "torture: books and logs are in {}",
            kept.display()
        ));
    }
    done
}

async fn live(
    args: &Args,
    (world, cluster): (Arc<World>, Option<Cluster>),
    seed: u64,
) -> Result<bool> {
    let mut chance = Chance::new(seed, SCENE);
    let scene = Scene::set(&world, &mut chance).await?;
    let mut receiving = JoinSet::new();
    for (receiver, stream) in scene.receivers.iter().zip(FIRST_RECEIVER..) {
        let around = (Arc::clone(&world), Arc::clone(&scene.bodies));
        let serving = Arc::clone(receiver).serve(around, Chance::new(seed, stream));
        receiving.spawn(serving);
    }
    let mut following = JoinSet::new();
    let (feed, watched, of_feed) = (Arc::clone(&scene.feed), Arc::clone(&world), chance.fork());
    following.spawn(async move { feed.follow(&watched, of_feed).await });
    let began = Instant::now();
    // It ends with this.
    let (_cluster, mut making) = chaos::live(args, (&scene, cluster), seed).await?;
    let chaos = began.elapsed();
    let calm_at = now();
    match timeout(SETTLES_WITHIN, settle(&mut making)).await {
        Ok(settled) => settled?,
        Err(_) => world.violation("shops and payers do not come to an end", None),
    }
    drain::drain(&scene, &mut chance).await?;
    world.enter(Phase::Over);
    settle(&mut making).await?;
    while let Some(ended) = following.join_next().await {
        ended??;
    }
    scene.feed.read_on(&world, &mut chance).await?;
    let summary = Summary {
        seed,
        wanted: args.events,
        chaos,
        calm_at,
    };
    report::judge(&scene, &summary, &mut chance).await
}

/// Waits for what shops and payers have begun.
async fn settle(making: &mut JoinSet<()>) -> Result<()> {
    while let Some(ended) = making.join_next().await {
        ended.context("a shop or a payer panicked")?;
    }
    Ok(())
}

impl Scene {
    /// One receiver of each temper, and its endpoint.
    async fn set(world: &Arc<World>, chance: &mut Chance) -> Result<Self> {
        let desk = Arc::new(Desk::new(Arc::clone(world)));
        let mut receivers = Vec::new();
        for temper in Temper::ALL {
            let address = format!("127.0.0.1:{}", free_port()?);
            let url = format!("http://{address}{}", receiver::PATH);
            let endpoint = desk.make(&url, chance).await?;
            receivers.push(Arc::new(Receiver::new(temper, address, endpoint)));
        }
        Ok(Self {
            world: Arc::clone(world),
            desk,
            feed: Arc::default(),
            bodies: Arc::default(),
            receivers,
        })
    }
}
