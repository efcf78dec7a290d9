//! `bench rate`: payments that come at their own pace, however danpay fares, with KakaoPay as far
//! away as it is; how much time danpay itself adds.

mod arrivals;
mod distance;
mod pool;
mod report;

use std::time::Duration;

use anyhow::{Result, ensure};
use danpay_testkit::DatabaseKind;
use danpay_testkit::audit::Totals;
use serde_json::json;

use self::arrivals::{Arrivals, Rate};
use self::distance::Distance;
use self::report::Report;
use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::machine;
use crate::process;

/// danpay's own time may be this at 99 of 100 calls.
const OWN_MAX: Duration = Duration::from_millis(5);
/// A rate that is too much has another turn: a disk that stops for a fifth of a second, as a shared one
/// does now and then, is more than one call in a hundred waits for. Both are told.
const TURNS: u32 = 2;
/// How long recovery may take for what faults left in doubt.
const RECOVERY_MAX: Duration = Duration::from_mins(1);
/// This share of the calls ends without an answer, and as many more with a 500.
const FAULTS: f64 = 0.0035;

/// Measure what danpay adds to KakaoPay's own time, at payments that arrive at fixed rates
///
/// KakaoPay answers after a log-normal time (median 120 ms, 380 ms at the 99th percentile); 0.7 %
/// of its calls fail, half of them after they have taken effect. A call's time counts from when it
/// was meant to begin. Rates rise until one is too much twice.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// Payments a second, one rate after another
    #[arg(long, value_delimiter = ',', default_values_t = RATES)]
    rates: Vec<u32>,
    /// How long payments arrive at each rate
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Go on after a rate that is too much
    #[arg(long)]
    all: bool,
    /// What danpay's database is: sqlite or postgres
    #[arg(long, default_value = "sqlite")]
    database: DatabaseKind,
}

const RATES: [u32; 6] = [100, 250, 500, 750, 1_000, 1_500];

impl Default for Args {
    fn default() -> Self {
        Self {
            rates: RATES.to_vec(),
            seconds: 8,
            all: false,
            database: DatabaseKind::Sqlite,
        }
    }
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let sandbox = fixture::sandbox(&bench.danpay, &[]).await?;
    let distance = Distance::to(&sandbox.url).await?;
    let database = fixture::database(&bench.folder, args.database)?;
    let fixture = Fixture::around(&bench.danpay, database, (sandbox, &distance.url)).await?;
    fail_sometimes(&fixture).await?;
    let arrivals = Arrivals::at(&fixture, &distance);
    let time = Duration::from_secs(args.seconds);
    let mut rates: Vec<Rate> = Vec::new();
    for per_s in args.rates {
        let mut holds = false;
        for _ in 0..TURNS {
            crate::say(&format!("{per_s} payments a second …"));
            let before = fixture.processes()?.spent_so_far()?;
            let first = rates.iter().map(|rate| rate.arrived).sum();
            let paid = arrivals.come(first, per_s, time).await?;
            let spent = fixture.processes()?.spent_so_far()?.since(before);
            let resident_kib = process::resident_kib(fixture.danpay.pid()?)?;
            let rate = Rate::new(per_s, paid, spent, resident_kib);
            holds = rate.holds(OWN_MAX);
            rates.push(rate);
            if holds {
                break;
            }
        }
        if !holds && !args.all {
            break;
        }
    }
    let books = settled(&fixture, &rates).await?;
    fixture.stop().await?;
    let report = Report {
        machine,
        load_after: machine::load(),
        database: args.database,
        holds_per_s: highest(&rates),
        rates,
        books,
    };
    bench.tell("rate", &report)
}

fn highest(rates: &[Rate]) -> Option<u32> {
    let holding = rates.iter().filter(|rate| rate.holds(OWN_MAX));
    holding.map(|rate| rate.per_s).max()
}

async fn fail_sometimes(fixture: &Fixture) -> Result<()> {
    for endpoint in ["ready", "approve"] {
        for fault in ["error_500", "answer_lost_after_commit"] {
            let fault = json!({ "endpoint": endpoint, "fault": fault, "probability": FAULTS });
            fixture.desk()?.inject(&fault).await?;
        }
    }
    Ok(())
}

/// The books once recovery has asked about what faults left in doubt.
async fn settled(fixture: &Fixture, rates: &[Rate]) -> Result<Totals> {
    fixture.desk()?.clear_faults().await?;
    crate::say("recovery settles what faults left in doubt …");
    let books = fixture.once_settled(RECOVERY_MAX).await?;
    let sum = |of: fn(&Rate) -> u64| rates.iter().map(of).sum::<u64>();
    let paid = sum(|rate| rate.arrived - rate.refused - rate.turned_away);
    let sure = paid - sum(|rate| rate.unfinished);
    ensure!(
        (sure..=paid).contains(&(books.approved + books.in_doubt)),
        "{paid} payers paid, and the books tell {books:?}",
    );
    Ok(books)
}

impl Rate {
    fn holds(&self, max: Duration) -> bool {
        let within = |us: Option<u32>| us.is_some_and(|us| u128::from(us) < max.as_micros());
        self.turned_away + self.unfinished == 0
            && within(self.create.p99_us)
            && within(self.come_back.p99_us)
    }
}
