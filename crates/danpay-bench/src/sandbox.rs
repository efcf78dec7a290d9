//! `bench sandbox`: what KakaoPay's stand-in takes of a test's time and of its machine.
//! A payment is ready, a scripted payer and approve: three calls, one after another.

mod buyer;
mod endurance;
mod level;
mod report;
#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::Result;
use danpay_testkit::process::Launch;

use self::report::Report;
use crate::bench::Bench;
use crate::machine::{self, Machine};
use crate::report::Starts;

/// Whatever was begun may end within this.
const RUN_MAX: Duration = Duration::from_mins(10);
const CONNECTIONS: [usize; 3] = [1, 8, 64];
const STARTS: usize = 10;
/// The sandbox as it is started by default, without a word about each call on standard error.
const SANDBOX: [&str; 3] = ["sandbox", "--log", "warn"];

/// Measure the sandbox: its start, payments a second at 1, 8 and 64 connections, and its memory
#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// How many payments are made to see what becomes of its memory
    #[arg(long, default_value_t = 200_000)]
    payments: u64,
    /// How long it is loaded at each number of connections
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

impl Args {
    /// One part of several.
    pub(crate) fn short() -> Self {
        Self {
            payments: 50_000,
            seconds: 3,
        }
    }
}

pub(crate) async fn run(bench: &Bench, args: Args) -> Result<()> {
    let report = measure(bench, Duration::from_secs(args.seconds), args.payments).await?;
    bench.tell("sandbox", &report)
}

async fn measure(bench: &Bench, time: Duration, payments: u64) -> Result<Report> {
    let (danpay, deadline) = (bench.danpay.as_path(), bench.deadline);
    let machine = Machine::here();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let sandbox = Launch::new(danpay, &SANDBOX).sandbox().await?;
        starts.push(sandbox.started_in);
        sandbox.stop().await?;
    }
    let sandbox = Launch::new(danpay, &SANDBOX).sandbox().await?;
    let mut levels = Vec::new();
    for connections in CONNECTIONS {
        crate::say(&format!("{connections} connections for {time:?} …"));
        let level = level::measure(&sandbox.url, sandbox.pid()?, connections, time);
        levels.push(level.await?);
    }
    sandbox.stop().await?;
    // A new one, as memory is asked after so many payments and not after some more.
    let sandbox = Launch::new(danpay, &SANDBOX).sandbox().await?;
    crate::say(&format!("{payments} payments …"));
    let endurance = endurance::measure(&sandbox.url, sandbox.pid()?, payments, deadline).await?;
    sandbox.stop().await?;
    Ok(Report {
        machine,
        starts: Starts::of(starts),
        levels,
        endurance,
        load_after: machine::load(),
    })
}
