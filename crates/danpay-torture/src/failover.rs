//! `cargo xtask failover`: the database's primary is killed while shops sell, another node takes
//! over, and at the end nothing that a shop was told is lost.
//!
//! **Invariant**: neither danpay's servers nor KakaoPay are disturbed, so whatever is refused or
//! in doubt is the database's doing.

mod outages;
mod report;
mod till;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use danpay_test_postgres::Patroni;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::chaos::{FIRST_ORDER, ORDERS};
use crate::check::Evidence;
use crate::database::apart;
use crate::journal::{self, Journal};
use crate::plan::Plan;
use crate::record::Record;
use crate::torture::{BOOKS, begin, search_logs};
use crate::world::{Phase, World};
use crate::{books, history, print, say, settling, shop};
use outages::Outages;
use report::{Facts, Killed, Report};

/// All of it. A takeover takes twenty seconds, and the way back of the killed node about as long.
const ENDS_WITHIN: Duration = Duration::from_mins(9);
const TILLS: u64 = 4;
/// Between two orders.
const ORDERS_MS: std::ops::Range<u64> = 50..350;
// A stream of chance.
const FIRST_TILL: u64 = 200;

/// Kill the database's primary while shops sell, and check that nothing they were told is lost
#[derive(clap::Args)]
#[command(bin_name = "cargo xtask failover")]
pub(crate) struct Args {
    /// So often
    #[arg(long, default_value_t = 4)]
    kills: usize,
    /// Nodes of PostgreSQL, each with its Patroni
    #[arg(long, default_value_t = 2)]
    nodes: usize,
    /// danpay's servers
    #[arg(long, default_value_t = 2)]
    servers: usize,
    /// A killed node is started again so many seconds after another one leads
    #[arg(long, default_value_t = 3)]
    away: u64,
    /// Between two kills, all is well for so many seconds
    #[arg(long, default_value_t = 10)]
    well: u64,
    /// What shops and payers do follows from it [default: any]
    #[arg(long)]
    seed: Option<u64>,
    /// Where the figures are written [default: failover.json in cargo's target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The program whose database fails over [default: the danpay beside this program]
    #[arg(long, value_name = "FILE")]
    danpay: Option<PathBuf>,
}

/// Whether all was well.
pub(crate) async fn run(args: Args) -> Result<bool> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    say(&format!("failover: seed {seed}"));
    let folder = tempfile::tempdir()?;
    let done = timeout(ENDS_WITHIN, live(&args, folder.path(), seed)).await;
    let done = done.context("failover takes too long").flatten();
    if !matches!(done, Ok(true)) {
        say(&format!(
            "failover: logs are in {}",
            folder.keep().display()
        ));
    }
    done
}

async fn live(args: &Args, folder: &Path, seed: u64) -> Result<bool> {
    let nodes = args.nodes;
    say(&format!("failover: starting {nodes} nodes and their etcd"));
    let patroni = apart(move || {
        let patroni = Patroni::start(nodes)?;
        patroni.sql("postgres", "create database danpay")?;
        Ok(patroni)
    });
    let patroni = patroni.await?;
    let of_torture = crate::Args {
        seconds: 0,
        kills: 0,
        seed: Some(seed),
        servers: args.servers,
        database: Some(patroni.url("danpay")),
        danpay: args.danpay.clone(),
        roll: false,
        other: None,
    };
    let world = Arc::new(begin(&of_torture, folder, seed).await?);
    // Else what is measured is how they queue.
    world.be_patient();
    let journal = tokio::spawn(journal::collect(Arc::clone(&world)));
    let outages = Arc::new(Outages::default());
    let mut orders = JoinSet::new();
    for stream in FIRST_TILL..FIRST_TILL + TILLS {
        let till = (Arc::clone(&world), Arc::clone(&outages));
        orders.spawn(till::sell(till, Chance::new(seed, stream)));
    }
    let (patroni, killed) = tokio::select! {
        killed = keep_killing(args, patroni) => killed?,
        never = keep_ordering(&world, &mut orders, seed) => match never {},
    };
    world.enter(Phase::Calm);
    let mut chance = Chance::new(seed, BOOKS);
    settling::calm(&world, &mut orders, &mut chance).await?;
    let journal = journal.await??;
    let facts = judge(&world, &journal, &mut chance).await?;
    drop(patroni);
    let outages = outages.all();
    let report = Report::new((args, seed), outages, killed, facts);
    print(&report.table());
    std::fs::write(json_file(args)?, report.json())?;
    Ok(report.is_well(args.kills))
}

/// An order after another.
async fn keep_ordering(world: &Arc<World>, orders: &mut JoinSet<()>, seed: u64) -> Infallible {
    let mut rhythm = Chance::new(seed, ORDERS);
    let mut number = 0;
    loop {
        let mut chance = Chance::new(seed, FIRST_ORDER + number);
        let plan = Plan::draw(number, &mut chance);
        orders.spawn(shop::sell(Arc::clone(world), plan, chance));
        sleep(rhythm.millis(ORDERS_MS)).await;
        number += 1;
    }
}

/// Kills whichever node leads, again and again, with time between in which all is well.
async fn keep_killing(args: &Args, mut patroni: Patroni) -> Result<(Patroni, Vec<Killed>)> {
    let (well, away) = (
        Duration::from_secs(args.well),
        Duration::from_secs(args.away),
    );
    let mut all = Vec::new();
    for number in 1..=args.kills {
        sleep(well).await;
        let killed_at = Instant::now();
        let failing_over = apart(move || {
            let takeover = patroni.fail_over(away)?;
            Ok((patroni, takeover))
        });
        let (back, takeover) = failing_over.await?;
        patroni = back;
        say(&format!(
            "failover: {number} of {}: {takeover:?}",
            args.kills
        ));
        all.push(Killed {
            killed_at,
            takeover,
        });
    }
    sleep(well).await;
    Ok((patroni, all))
}

/// Reads all that there is to see, checks it, and tells what went wrong.
async fn judge(world: &World, journal: &Journal, chance: &mut Chance) -> Result<Facts> {
    let books = books::payments(world, chance).await?;
    let events = books::events(world, &books, chance).await?;
    let history = history::of(&world.fleet.database, &books).await?;
    let ledger = world.sandbox.ledger().await?;
    search_logs(world)?;
    let record: Record = std::mem::take(&mut world.record());
    let evidence = Evidence {
        books: &books,
        events: &events,
        history: &history,
        ledger: &ledger,
        journal,
        record: &record,
    };
    let violations = crate::report::judge(&evidence);
    Ok(Facts::of(&record, books.len(), violations.len()))
}

/// In cargo's target folder, from which this program runs.
fn json_file(args: &Args) -> Result<PathBuf> {
    if let Some(file) = &args.json {
        return Ok(file.clone());
    }
    let here = std::env::current_exe()?;
    let target = here.parent().and_then(Path::parent);
    let target = target.context("this program does not run from cargo's target folder")?;
    Ok(target.join("failover.json"))
}
