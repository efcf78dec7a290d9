//! danpay under the payments of some payers that never pause.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use danpay_testkit::DatabaseKind;
use danpay_testkit::audit::Totals;
use serde::Serialize;

use crate::bench::Bench;
use crate::fixture::{self, Fixture};
use crate::latency::Call;
use crate::load::{Until, share};
use crate::payer::{Payer, Times};
use crate::process::{self, SpentOnEach};
use crate::report::rate;

/// The first calls pay for what the later ones find made.
const WARM_UP: u64 = 500;

#[derive(Serialize)]
pub(crate) struct Level {
    pub(crate) payers: usize,
    pub(crate) payments: u64,
    pub(crate) payments_per_s: f64,
    pub(crate) create: Call,
    pub(crate) come_back: Call,
    pub(crate) spent: SpentOnEach,
    pub(crate) resident_kib: u64,
    /// All payments of this fixture, those of the warm-up too.
    pub(crate) books: Totals,
}

pub(super) async fn measure(
    bench: &Bench,
    on: DatabaseKind,
    payers: usize,
    time: Duration,
) -> Result<Level> {
    let nothing = async |_: &Fixture| Ok(());
    measure_beside(bench, on, (payers, time), nothing, nothing).await
}

/// The same with something beside it, which begins before the first payment and ends after the last.
pub(crate) async fn measure_beside(
    bench: &Bench,
    on: DatabaseKind,
    (payers, time): (usize, Duration),
    begin: impl AsyncFnOnce(&Fixture) -> Result<()>,
    end: impl AsyncFnOnce(&Fixture) -> Result<()>,
) -> Result<Level> {
    let database = fixture::database(&bench.folder, on)?;
    let fixture = Fixture::build(&bench.danpay, database).await?;
    begin(&fixture).await?;
    let until = |first, count| Until {
        first,
        count,
        time: bench.deadline.min(Instant::now() + time),
    };
    let crowd = Payer::crowd(&fixture, payers).await?;
    let (crowd, _) = share(crowd, until(0, WARM_UP), Payer::pay_on).await?;
    let warm = bought(&crowd);
    let crowd: Vec<_> = crowd.into_iter().map(Payer::rested).collect();
    let before = fixture.processes()?.spent_so_far()?;
    let (crowd, took) = share(crowd, until(WARM_UP, u64::MAX), Payer::pay_on).await?;
    let spent = fixture.processes()?.spent_so_far()?.since(before);
    let payments = bought(&crowd);
    end(&fixture).await?;
    let resident_kib = process::resident_kib(fixture.danpay.pid()?)?;
    let books = fixture.compare().await?;
    ensure!(
        books.approved == warm + payments && books.in_doubt == 0,
        "{} payments were made, and the books tell {books:?}",
        warm + payments
    );
    fixture.stop().await?;
    let times = Times::of_all(crowd);
    Ok(Level {
        payers,
        payments,
        payments_per_s: rate(payments, took),
        create: times.create.call(),
        come_back: times.come_back.call(),
        spent: spent.on_each(payments),
        resident_kib,
        books,
    })
}

fn bought(crowd: &[Payer]) -> u64 {
    crowd.iter().map(|payer| payer.payments).sum()
}
