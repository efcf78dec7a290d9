//! `bench growth`: the same load and the questions that shops and recovery ask, with more and more
//! payments in the database.

mod fill;
mod questions;
mod report;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_testkit::DatabaseKind;

use self::fill::fill;
use self::questions::{claim_due, questions};
use self::report::{Pruned, Report, Size};
use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::load::{Until, share};
use crate::machine;
use crate::payer::{Payer, Times};
use crate::payments::pattern;
use crate::report::rate;
use crate::rows::Pattern;

const PAYERS: usize = 32;
const WARM_UP: u64 = 500;

/// Measure payments, lists, searches and recovery's query with payments in the database already
///
/// Ten million payments take about fifty gigabytes of disk and some ten minutes to make, so they
/// are made only if asked for: --payments 0,10000000.
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many payments are there before, one size after another
    #[arg(long, value_delimiter = ',', default_values_t = SIZES)]
    payments: Vec<u64>,
    /// How long payers pay at each size
    #[arg(long, default_value_t = 8)]
    seconds: u64,
}

const SIZES: [u64; 3] = [0, 100_000, 1_000_000];

impl Default for Args {
    fn default() -> Self {
        Self {
            payments: SIZES.to_vec(),
            seconds: 6,
        }
    }
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let machine = machine::Machine::here();
    let pattern = pattern(bench).await?;
    let time = Duration::from_secs(args.seconds);
    let mut sizes = Vec::new();
    for payments in args.payments {
        let size = measure(bench, &pattern, payments, time).await?;
        let in_time = size.there == payments;
        sizes.push(size);
        if !in_time {
            crate::say(&format!("there was no time for all of {payments} payments"));
            break;
        }
    }
    bench.tell(
        "growth",
        &Report {
            machine,
            load_after: machine::load(),
            sizes,
        },
    )
}

/// What is left to do once the database is full, however slow the machine.
const REST: Duration = Duration::from_mins(1);

async fn measure(bench: &Bench, pattern: &Pattern, wanted: u64, time: Duration) -> Result<Size> {
    let database = fixture::database(&bench.folder, DatabaseKind::Sqlite)?;
    let file = database.file();
    let end = bench.deadline.checked_sub(REST).unwrap_or(bench.deadline);
    let filled = tokio::task::block_in_place(|| fill(&file, pattern, wanted, end))?;
    let there = filled.payments;
    let sandbox = fixture::sandbox(&bench.danpay, &[]).await?;
    let kakaopay = sandbox.url.clone();
    let fixture = Fixture::around(&bench.danpay, database, (sandbox, &kakaopay)).await?;
    crate::say(&format!("{there} payments are there, {PAYERS} payers …"));
    let until = |first, count| Until {
        first,
        count,
        time: bench.deadline.min(Instant::now() + time),
    };
    let crowd = Payer::crowd(&fixture, PAYERS).await?;
    let (crowd, _) = share(crowd, until(0, WARM_UP), Payer::pay_on).await?;
    let warm: u64 = crowd.iter().map(|payer| payer.payments).sum();
    let crowd: Vec<_> = crowd.into_iter().map(Payer::rested).collect();
    let before = fixture.processes()?.spent_so_far()?;
    let (crowd, took) = share(crowd, until(WARM_UP, u64::MAX), Payer::pay_on).await?;
    let spent = fixture.processes()?.spent_so_far()?.since(before);
    let payments: u64 = crowd.iter().map(|payer| payer.payments).sum();
    let answered = questions(&fixture, there).await?;
    let mut made = warm + payments;
    let times = Times::of_all(crowd);
    let mut pruned = None;
    if there > 0 {
        crate::say("their histories are deleted meanwhile …");
        let (more, sold) = while_pruned(bench, &fixture, made).await?;
        made += sold;
        pruned = Some(more);
    }
    // What was there before is unknown to the sandbox, so only the new ones can be compared.
    let books = fixture.compare_newest(usize::try_from(made)?).await?;
    ensure!(
        books.approved == made,
        "{made} were made, and the books tell {books:?}"
    );
    let started_in = fixture.danpay.started_in;
    let _database = fixture.stop().await?;
    Ok(Size {
        there,
        bytes: std::fs::metadata(&file)?.len(),
        filled_in_s: filled.took.as_secs_f64(),
        started_in_ms: started_in.as_secs_f64() * 1e3,
        payments_per_s: rate(payments, took),
        create: times.create.call(),
        come_back: times.come_back.call(),
        spent: spent.on_each(payments),
        answered,
        claim_due: claim_due(&file)?,
        pruned,
        books,
    })
}

/// Payers pay for as long as `danpay prune` runs beside the server; gives how many payments that were.
async fn while_pruned(bench: &Bench, fixture: &Fixture, made: u64) -> Result<(Pruned, u64)> {
    let begun = Instant::now();
    let until = Until {
        first: made,
        count: u64::MAX,
        time: bench.deadline,
    };
    let over = Arc::new(AtomicBool::new(false));
    let crowd = Payer::crowd(fixture, PAYERS).await?;
    let pays = share(crowd, until, |payer, share| {
        payer.pay_until(share, Arc::clone(&over))
    });
    let prunes = async {
        let pruned = fixture.prune(&bench.danpay).await;
        let took = begun.elapsed();
        over.store(true, Ordering::Relaxed);
        pruned.map(|()| took)
    };
    let (paid, took) = tokio::join!(pays, prunes);
    let (crowd, _) = paid?;
    let sold = crowd.iter().map(|payer| payer.payments).sum();
    let times = Times::of_all(crowd);
    let pruned = Pruned {
        took_s: took?.as_secs_f64(),
        create: times.create.call(),
        come_back: times.come_back.call(),
    };
    Ok((pruned, sold))
}
