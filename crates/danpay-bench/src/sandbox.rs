//! `bench sandbox`: what KakaoPay's stand-in takes of a test's time and of its machine.
//! A payment is ready, a scripted payer and approve: three calls, one after another.

mod buyer;
mod endurance;
mod level;
mod report;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use self::report::{Report, Starts};
use crate::child::Running;
use crate::machine::{self, Machine};

/// Whatever is asked for, nobody waits longer than this.
const RUN_MAX: Duration = Duration::from_mins(10);
/// No payment is begun after this, so that the last ones and the report have their time.
const PAYMENTS_END: Duration = Duration::from_secs(580);
const CONNECTIONS: [usize; 3] = [1, 8, 64];
const STARTS: usize = 10;
/// The sandbox as it is started by default, without a word about each call on standard error.
const SANDBOX: [&str; 3] = ["sandbox", "--log", "warn"];

/// Measure the sandbox: its start, payments a second at 1, 8 and 64 connections, and its memory
///
/// Ends after ten minutes at the latest, with what was measured until then.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many payments are made to see what becomes of its memory
    #[arg(long, default_value_t = 200_000)]
    payments: u64,
    /// How long it is loaded at each number of connections
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The program to measure [default: the danpay beside this one]
    #[arg(long, value_name = "PATH")]
    danpay: Option<PathBuf>,
    /// Where the figures are written as JSON [default: bench/sandbox.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let deadline = Instant::now() + PAYMENTS_END;
    let own = std::env::current_exe().context("this program does not know where it is")?;
    let danpay = args.danpay.unwrap_or_else(|| own.with_file_name("danpay"));
    let json = match args.json {
        Some(json) => json,
        None => (own.ancestors().nth(2))
            .ok_or_else(|| anyhow!("there is no target folder; say --json"))?
            .join("bench/sandbox.json"),
    };
    let time = Duration::from_secs(args.seconds);
    let measured = measure(&danpay, time, args.payments, deadline);
    let report = tokio::time::timeout(RUN_MAX, measured)
        .await
        .context("ten minutes were over before the sandbox had answered")??;
    crate::print(report.to_string().trim_end());
    write(&report, &json)?;
    crate::say(&format!("written to {}", json.display()));
    Ok(())
}

async fn measure(
    danpay: &Path,
    time: Duration,
    payments: u64,
    deadline: Instant,
) -> Result<Report> {
    let machine = Machine::here();
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let sandbox = Running::start(danpay, &SANDBOX).await?;
        starts.push(sandbox.started_in);
        sandbox.stop().await?;
    }
    let sandbox = Running::start(danpay, &SANDBOX).await?;
    let mut levels = Vec::new();
    for connections in CONNECTIONS {
        crate::say(&format!("{connections} connections for {time:?} …"));
        let level = level::measure(&sandbox.url, sandbox.pid()?, connections, time);
        levels.push(level.await?);
    }
    sandbox.stop().await?;
    // A new one, as memory is asked after so many payments and not after some more.
    let sandbox = Running::start(danpay, &SANDBOX).await?;
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

fn write(report: &Report, json: &Path) -> Result<()> {
    let told = || format!("{} cannot be written", json.display());
    if let Some(folder) = json.parent() {
        std::fs::create_dir_all(folder).with_context(told)?;
    }
    std::fs::write(json, serde_json::to_string_pretty(report)?).with_context(told)
}
