//! `bench slow`: a sale while KakaoPay is slow. Each answer of ready and approve takes its time, and more
//! and more payers come at once; beside danpay a service of thirty lines that keeps nothing.

mod buyer;
mod peer;
mod report;
mod watcher;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_testkit::process::Process;
use danpay_testkit::{DatabaseKind, Sandbox};
use serde::Serialize;
use serde_json::json;

use self::buyer::{Bought, Buyer};
use self::peer::Peer;
use self::report::Report;
use self::watcher::Watcher;
use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::latency::Call;
use crate::load::{Until, share};
use crate::machine;
use crate::process;
use crate::report::rate;

/// How long the last payments may take to be settled.
const SETTLED: Duration = Duration::from_mins(1);

/// Measure a sale while KakaoPay takes its time for each answer
///
/// Buyers pay one payment after another; one that is refused (503) comes again when it is told to. Beside
/// danpay the same load meets an Express service that keeps nothing, which npm installs.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How long ready and approve take, in milliseconds, one after another
    #[arg(long, value_delimiter = ',', default_values_t = [300, 800])]
    millis: Vec<u64>,
    /// How many buy at once, one number after another
    #[arg(long, value_delimiter = ',', default_values_t = [64, 256, 1_024, 4_096])]
    buyers: Vec<usize>,
    /// How long they buy each time
    #[arg(long, default_value_t = 12)]
    seconds: u64,
    /// How many calls a second KakaoPay answers; it turns further ones away (429)
    #[arg(long)]
    calls_per_second: Option<u32>,
    /// Leave the Express service out
    #[arg(long)]
    alone: bool,
}

/// What KakaoPay does.
#[derive(Clone, Copy)]
struct KakaoPay {
    millis: u64,
    calls_per_second: Option<u32>,
}

impl KakaoPay {
    async fn start(self, bench: &Bench) -> Result<Process> {
        let Self {
            millis,
            calls_per_second,
        } = self;
        let calls = calls_per_second.map(|calls| calls.to_string());
        let calls = calls.as_deref().map(|calls| ["--calls-per-second", calls]);
        let more: Vec<_> = calls.into_iter().flatten().collect();
        let sandbox = fixture::sandbox(&bench.danpay, &more).await?;
        if millis > 0 {
            be_slow(&sandbox, millis).await?;
        }
        Ok(sandbox)
    }
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Who {
    Danpay,
    Express,
}

/// One of the two at so many buyers.
#[derive(Serialize)]
pub(super) struct Level {
    pub(super) who: Who,
    pub(super) millis: u64,
    pub(super) buyers: usize,
    pub(super) payments: u64,
    pub(super) payments_per_s: f64,
    /// Answers of 503 at create.
    pub(super) refused: u64,
    /// Buyers who saw the waiting page.
    pub(super) waited: u64,
    pub(super) create: Call,
    /// From the buyer's return until it is sent on to the shop.
    pub(super) come_back: Call,
    pub(super) resident_kib: u64,
    /// The slowest answer of `/livez` meanwhile, on a connection of its own.
    pub(super) livez_max_ms: Option<f64>,
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let time = Duration::from_secs(args.seconds);
    let mut levels = Vec::new();
    for millis in args.millis {
        for buyers in args.buyers.iter().copied() {
            crate::say(&format!("{buyers} buyers, {millis} ms …"));
            let kakaopay = KakaoPay {
                millis,
                calls_per_second: args.calls_per_second,
            };
            levels.push(danpay(bench, kakaopay, buyers, time).await?);
            if !args.alone {
                levels.push(express(bench, kakaopay, buyers, time).await?);
            }
            for level in levels.iter().rev().take(if args.alone { 1 } else { 2 }) {
                crate::say(&level.to_string());
            }
        }
    }
    let report = Report {
        machine,
        load_after: machine::load(),
        levels,
    };
    bench.tell("slow", &report)
}

async fn danpay(bench: &Bench, kakaopay: KakaoPay, buyers: usize, time: Duration) -> Result<Level> {
    let sandbox = kakaopay.start(bench).await?;
    let millis = kakaopay.millis;
    let database = fixture::database(&bench.folder, DatabaseKind::Sqlite)?;
    let url = sandbox.url.clone();
    let fixture = Fixture::around(&bench.danpay, database, (sandbox, &url)).await?;
    let bearer = format!("Bearer {}", fixture.api_key);
    let watcher = Watcher::of(&fixture.danpay.url);
    let shop = (fixture.danpay.url.as_str(), bearer.as_str());
    let (bought, took) = buy(bench, shop, &fixture.sandbox.url, buyers, time).await?;
    let livez_max = watcher.stop().await?;
    let resident_kib = process::resident_kib(fixture.danpay.pid()?)?;
    let books = fixture.once_settled(SETTLED).await?;
    ensure!(books.in_doubt == 0, "some payments are still in doubt");
    ensure!(
        books.approved >= bought.payments,
        "{} payments were made, and the books tell {books:?}",
        bought.payments
    );
    fixture.stop().await?;
    let what = (Who::Danpay, millis, buyers);
    let livez_max_ms = Some(livez_max.as_secs_f64() * 1e3);
    Ok(level(what, bought, took, (resident_kib, livez_max_ms)))
}

async fn express(
    bench: &Bench,
    kakaopay: KakaoPay,
    buyers: usize,
    time: Duration,
) -> Result<Level> {
    let sandbox = kakaopay.start(bench).await?;
    let millis = kakaopay.millis;
    let peer = Peer::start(bench, &sandbox.url).await?;
    let shop = (peer.url.as_str(), "");
    let (bought, took) = buy(bench, shop, &sandbox.url, buyers, time).await?;
    let resident_kib = process::resident_kib(peer.pid()?)?;
    peer.stop().await?;
    sandbox.stop().await?;
    let what = (Who::Express, millis, buyers);
    Ok(level(what, bought, took, (resident_kib, None)))
}

fn level(
    (who, millis, buyers): (Who, u64, usize),
    bought: Bought,
    took: Duration,
    (resident_kib, livez_max_ms): (u64, Option<f64>),
) -> Level {
    Level {
        who,
        millis,
        buyers,
        payments: bought.payments,
        payments_per_s: rate(bought.payments, took),
        refused: bought.refused,
        waited: bought.waited,
        create: bought.create.call(),
        come_back: bought.come_back.call(),
        resident_kib,
        livez_max_ms,
    }
}

async fn buy(
    bench: &Bench,
    (shop, bearer): (&str, &str),
    kakaopay: &str,
    buyers: usize,
    time: Duration,
) -> Result<(Bought, Duration)> {
    let mut crowd = Vec::with_capacity(buyers);
    for _ in 0..buyers {
        crowd.push(Buyer::arrive((shop, bearer), kakaopay).await?);
    }
    let until = Until {
        first: 0,
        count: u64::MAX,
        time: bench.deadline.min(Instant::now() + time),
    };
    let (all, took) = share(crowd, until, Buyer::buy_on).await?;
    Ok((all.into_iter().fold(Bought::default(), Bought::and), took))
}

async fn be_slow(sandbox: &Process, millis: u64) -> Result<()> {
    let desk = Sandbox::at(&sandbox.url)?;
    for endpoint in ["ready", "approve"] {
        let fault = json!({
            "endpoint": endpoint, "fault": "delay_before", "delay_ms": millis, "probability": 1.0,
        });
        desk.inject(&fault).await?;
    }
    Ok(())
}
