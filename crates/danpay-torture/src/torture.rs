//! One run: chaos, calm until all has settled, the check.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use danpay_test_postgres::Cluster;
use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::check::Evidence;
use crate::fleet::{Base, Fleet, SECRET_KEY};
use crate::journal::Journal;
use crate::plan::Plan;
use crate::report::{self, Summary};
use crate::sandbox::Sandbox;
use crate::world::{NO_CONNECTION, Phase, Record, World};
use crate::{Args, books, database, faults, fleet, journal, log, print, roll, say, shop};

/// Where chaos ends that cannot reach its kills: so many times its seconds, and a minute.
const CHAOS_MAX: u32 = 3;
/// Between two orders.
pub(crate) const ORDERS_MS: std::ops::Range<u64> = 50..350;
/// KakaoPay may execute for 11 s what it was sent: before that, nothing is certain.
const CALM_MIN: Duration = Duration::from_secs(12);
/// A lease of 45 s, doubt of 30 s, another call and its doubt, and the waits between looks, on a
/// machine that has other things to do.
const CALM_MAX: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_secs(1);
/// Of ten kills, so many at least must have cut off an approval between its claim and its answer.
const CUT_OFF_OF_TEN: u64 = 4;

// The streams of chance.
const FAULTS: u64 = 1;
pub(crate) const ORDERS: u64 = 2;
pub(crate) const BOOKS: u64 = 3;
const DATABASE: u64 = 4;
const FIRST_SERVER: u64 = 100;
pub(crate) const FIRST_ORDER: u64 = 1_000;

/// Whether all was well.
pub(crate) async fn run(args: Args) -> Result<bool> {
    fleet::possible(args.servers, args.database.as_deref())?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!("torture: seed {seed}"));
    let folder = tempfile::tempdir()?;
    let (mut args, mut cluster) = (args, None);
    if args.database.as_deref() == Some(database::POSTGRES) {
        let (own, url) = database::start().await?;
        (cluster, args.database) = (Some(own), Some(url));
    }
    let done = live((&args, cluster), folder.path(), seed).await;
    if !matches!(done, Ok(true)) {
        let kept = folder.keep();
        say(&format!(
            "torture: books and logs are in {}",
            kept.display()
        ));
    }
    done
}

async fn live((args, cluster): (&Args, Option<Cluster>), folder: &Path, seed: u64) -> Result<bool> {
    let world = Arc::new(begin(args, folder, seed).await?);
    let journal = tokio::spawn(journal::collect(Arc::clone(&world)));
    let began = Instant::now();
    let (mut orders, _cluster) = chaos((args, cluster), &world, seed).await?;
    let chaos = began.elapsed();
    let mut chance = Chance::new(seed, BOOKS);
    calm(&world, &mut orders, &mut chance).await?;
    let calm = began.elapsed().saturating_sub(chaos);
    let journal = journal.await??;
    let summary = Summary { seed, chaos, calm };
    judge((args, &world), &summary, &journal, &mut chance).await
}

pub(crate) async fn begin(args: &Args, folder: &Path, seed: u64) -> Result<World> {
    // Somebody else has installed one already: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        // Everything is on this machine and in the clear: no root certificates are needed.
        .tls_certs_only([])
        // A connection to a killed server must not be tried again on the next one.
        .pool_max_idle_per_host(0)
        .build()?;
    let danpay = args.danpay()?;
    let sandbox = Sandbox::start(&danpay, folder, seed, &http).await?;
    let base = Base {
        danpay: &danpay,
        folder,
        database: args.database.as_deref(),
        sandbox_url: &sandbox.url,
    };
    let fleet = Fleet::start(base, args.servers, &http).await?;
    let world = World::new(fleet, sandbox, http);
    let secrets = [SECRET_KEY.to_owned(), world.fleet.api_key.clone()];
    world.record().secrets.extend(secrets);
    let before = books::payments(&world, &mut Chance::new(seed, BOOKS)).await?;
    ensure!(
        before.is_empty(),
        "the database has payments already: take an empty one"
    );
    Ok(world)
}

/// Sells, kills and lets things go wrong until it is time; every server is alive afterwards. What
/// shops and payers have begun goes on.
async fn chaos(
    (args, cluster): (&Args, Option<Cluster>),
    world: &Arc<World>,
    seed: u64,
) -> Result<(JoinSet<()>, Option<Cluster>)> {
    let began = Instant::now();
    let least = Duration::from_secs(args.seconds);
    let most = least * CHAOS_MAX + Duration::from_mins(1);
    let mut trouble = JoinSet::new();
    trouble.spawn(faults::change(Arc::clone(world), Chance::new(seed, FAULTS)));
    if args.roll {
        let chance = Chance::new(seed, FIRST_SERVER);
        trouble.spawn(roll::keep_rolling(Arc::clone(world), chance));
    } else {
        for (server, stream) in (0..world.fleet.len()).zip(FIRST_SERVER..) {
            let chance = Chance::new(seed, stream);
            trouble.spawn(fleet::keep_killing(Arc::clone(world), server, chance));
        }
    }
    let chance = Chance::new(seed, DATABASE);
    let (standing, mortal) = if args.roll {
        (cluster, None)
    } else {
        (None, cluster)
    };
    let mortal = mortal.map(|cluster| {
        let killing = database::keep_killing(Arc::clone(world), cluster, chance);
        tokio::spawn(killing)
    });
    let mut orders = JoinSet::new();
    let mut rhythm = Chance::new(seed, ORDERS);
    for number in 0.. {
        let took = began.elapsed();
        if took >= most || took >= least && ends(world) >= args.kills {
            break;
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
    world.enter(Phase::Calm);
    while let Some(ended) = trouble.join_next().await {
        ended??;
    }
    let Some(mortal) = mortal else {
        return Ok((orders, standing));
    };
    let cluster = mortal.await??;
    if world.counted(database::KILLS) == 0 {
        world.violation("the database was never killed", None);
    }
    Ok((orders, Some(cluster)))
}

/// How often a server has ended, by a kill or because it was told to.
fn ends(world: &World) -> u64 {
    world.counted("kills") + world.counted("rolls")
}

/// Waits until everybody has an answer and nothing is in doubt, or for as long as that may take.
pub(crate) async fn calm(
    world: &World,
    orders: &mut JoinSet<()>,
    chance: &mut Chance,
) -> Result<()> {
    say("torture: nothing goes wrong any more; all is to settle");
    let began = Instant::now();
    while began.elapsed() < CALM_MAX {
        sleep(LOOK).await;
        while let Some(ended) = orders.try_join_next() {
            ended.context("a shop or a payer panicked")?;
        }
        let books = books::payments(world, chance).await?;
        let settled = !books.iter().any(books::Payment::is_in_doubt);
        if settled && orders.is_empty() && began.elapsed() >= CALM_MIN {
            break;
        }
    }
    world.enter(Phase::Over);
    while let Some(ended) = orders.join_next().await {
        ended.context("a shop or a payer panicked")?;
    }
    Ok(())
}

/// Reads all that there is to see, checks it, and says what came of it.
async fn judge(
    (args, world): (&Args, &World),
    summary: &Summary,
    journal: &Journal,
    chance: &mut Chance,
) -> Result<bool> {
    let books = books::payments(world, chance).await?;
    let events = books::events(world, &books, chance).await?;
    let ledger = world.sandbox.payments().await?;
    let lines = search_logs(world)?;
    let (kills, cut_off) = (ends(world), report::cut_off(&events));
    if kills < args.kills {
        world.violation(format!("only {kills} kills"), None);
    }
    let lost = world.counted(NO_CONNECTION);
    if args.roll && lost > 0 {
        let what = format!("{lost} times a server took no connection that had not said so before");
        world.violation(what, None);
    }
    // Each of several servers has its part of the approvals.
    let servers = u64::try_from(args.servers)?;
    if !args.roll && cut_off < kills * CUT_OFF_OF_TEN / 10 / servers {
        world.violation(format!("only {cut_off} approvals were cut off"), None);
    }
    let record: Record = std::mem::take(&mut world.record());
    let evidence = Evidence {
        books: &books,
        events: &events,
        ledger: &ledger,
        record: &record,
    };
    let violations = report::judge(&evidence, journal);
    print(&format!(
        "{summary}: {} payments, {kills} kills, {cut_off} approvals cut off between claim and \
         answer, {lines} lines of log; {} violations",
        books.len(),
        violations.len(),
    ));
    Ok(violations.is_empty())
}

/// How many lines the servers logged. A secret or a panic in any of them is a violation.
pub(crate) fn search_logs(world: &World) -> Result<u64> {
    let secrets = world.record().secrets.clone();
    let mut lines = 0;
    for path in world.fleet.logs() {
        let found = log::search(&path, &secrets)?;
        lines += found.lines;
        let say = |line: &u64, what: &str| {
            let what = format!("line {line} of {} has a {what}", path.display());
            world.violation(what, None);
        };
        found.secrets.iter().for_each(|line| say(line, "secret"));
        found.panics.iter().for_each(|line| say(line, "panic"));
    }
    Ok(lines)
}
