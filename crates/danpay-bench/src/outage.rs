//! `bench outage`: KakaoPay's answers to approve are lost for a while, and no lookup is answered; how soon
//! all that is in doubt is settled afterwards, and how those fare who wait or pay meanwhile.

mod payers;
mod report;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_testkit::DatabaseKind;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::payers::{Customer, Lost, await_result, lose_on};
use self::report::Report;
use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::latency::Latencies;
use crate::load::{Until, share};
use crate::machine;
use crate::payer::Payer;

/// Who pays while answers are lost.
const PAYERS: usize = 64;
/// How long one customer pays before, one payment after another.
const QUIET: Duration = Duration::from_secs(10);
/// Between two payers who look at their page, one after the other.
const NEXT_WAITS: Duration = Duration::from_secs(1);
/// How often readiness is asked whether many are in doubt still.
const LOOK: Duration = Duration::from_millis(500);
/// The rest, of whom there are few.
const SETTLED: Duration = Duration::from_mins(2);

/// Measure how soon all is settled after an outage of KakaoPay's
///
/// The answer to each approval is lost after the money has moved, and lookups are answered with 503, until so
/// many payments are in doubt. Then all is well again.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many payments are left in doubt
    #[arg(long, default_value_t = 50_000)]
    payments: u64,
    /// What danpay's database is: sqlite or postgres
    #[arg(long, default_value = "sqlite")]
    database: DatabaseKind,
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let database = fixture::database(&bench.folder, args.database)?;
    let fixture = Fixture::build(&bench.danpay, database).await?;
    let mut customer = Customer::arrive(&fixture, args.payments).await?;
    crate::say("before …");
    let before = customer.pay_for(QUIET).await?;

    crate::say(&format!(
        "the answers to {} approvals are lost …",
        args.payments
    ));
    be_out(&fixture).await?;
    let (lost, outage) = lose(bench, &fixture, args.payments).await?;
    fixture.desk()?.clear_faults().await?;

    crate::say("all is well again …");
    let begun = Instant::now();
    let over = bench.deadline;
    let paying = tokio::spawn(async move { customer.pay_while_late(over).await });
    let waited = wait_while_late(&fixture, &lost, over).await?;
    let until_few = begun.elapsed();
    let meanwhile = paying.await??;
    let books = fixture.once_settled(SETTLED).await?;
    let took = begun.elapsed();
    ensure!(books.in_doubt == 0, "some payments are still in doubt");
    fixture.stop().await?;
    let report = Report {
        machine,
        load_after: machine::load(),
        database: args.database,
        in_doubt: lost.len() as u64,
        outage_s: outage.as_secs_f64(),
        until_few_s: until_few.as_secs_f64(),
        settled_s: took.as_secs_f64(),
        waited: waited.call(),
        before,
        meanwhile,
        books,
    };
    bench.tell("outage", &report)
}

async fn be_out(fixture: &Fixture) -> Result<()> {
    for (endpoint, fault) in [
        ("approve", "answer_lost_after_commit"),
        ("order", "error_503"),
    ] {
        let fault = json!({ "endpoint": endpoint, "fault": fault, "probability": 1.0 });
        fixture.desk()?.inject(&fault).await?;
    }
    Ok(())
}

/// Payments whose payers have come back, and are told to wait.
async fn lose(bench: &Bench, fixture: &Fixture, count: u64) -> Result<(Vec<Lost>, Duration)> {
    let payers = Payer::crowd(fixture, PAYERS).await?;
    let until = Until {
        first: 0,
        count,
        time: bench.deadline,
    };
    let (lost, took) = share(payers, until, lose_on).await?;
    Ok((lost.into_iter().flatten().collect(), took))
}

/// Lets one payer after another look at the own page, from all over the time of the outage, for as long as
/// many are in doubt; how long each waits until it is known.
async fn wait_while_late(fixture: &Fixture, lost: &[Lost], over: Instant) -> Result<Latencies> {
    let mut waiting = JoinSet::new();
    let mut next = Instant::now();
    let mut number = 0;
    loop {
        if next <= Instant::now() {
            next += NEXT_WAITS;
            number = (number + 7_919) % lost.len().max(1);
            if let Some(lost) = lost.get(number) {
                let (url, path) = (fixture.danpay.url.clone(), lost.result.clone());
                waiting.spawn(async move { await_result(&url, &path).await });
            }
        }
        sleep(LOOK).await;
        if !payers::is_late(&fixture.danpay.url).await? || Instant::now() >= over {
            break;
        }
    }
    let mut times = Latencies::default();
    for waited in waiting.join_all().await {
        // Nothing, if it was known already.
        waited?.into_iter().for_each(|took| times.add(took));
    }
    Ok(times)
}
