//! Benches: a program of ours as a child process, loaded over loopback and measured from outside.
//!
//! **Invariant**: what is measured is the released binary doing right: an answer that is not the
//! expected one ends the bench. What the load generator itself took is told beside each figure.

mod bench;
mod connection;
mod fixture;
mod growth;
mod idle;
mod latency;
mod load;
mod machine;
mod outage;
mod payer;
mod payments;
mod process;
mod rate;
mod report;
mod rows;
mod sandbox;
mod sdk;
mod slow;
mod webhooks;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};

use self::bench::{Bench, Place};

/// Whatever is asked for, nobody waits longer than this.
const RUN_MAX: Duration = Duration::from_mins(10);

/// Measure what danpay does with this machine
///
/// Without a further word every part is run, one after another. Ends after ten minutes at the
/// latest; only loopback is used.
#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    place: Place,
}

#[derive(Subcommand)]
enum Part {
    Payments(payments::Args),
    Rate(rate::Args),
    Growth(growth::Args),
    Idle(idle::Args),
    Sandbox(sandbox::Args),
    Sdk(sdk::Args),
    Slow(slow::Args),
    Outage(outage::Args),
    Webhooks(webhooks::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { part, place } = Cli::parse();
    let parts = match part {
        Some(part) => vec![part],
        None => Part::all(),
    };
    match run(parts, place).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(parts: Vec<Part>, place: Place) -> Result<()> {
    let bench = Bench::at(place)?;
    let measured = async {
        for part in parts {
            // What the compiler or the part before has left to be written would be waited for in
            // commits, for fifths of a second.
            let written = std::process::Command::new("sync").status();
            ensure!(
                written.context("sync cannot be run")?.success(),
                "sync failed"
            );
            part.run(&bench).await?;
        }
        Ok(())
    };
    let measured = tokio::time::timeout(RUN_MAX, measured).await;
    measured.context("ten minutes were over before all was measured")?
}

impl Part {
    /// Each as short as it may be, so that all of them fit into ten minutes.
    fn all() -> Vec<Self> {
        vec![
            Self::Sandbox(sandbox::Args::short()),
            Self::Sdk(sdk::Args::default()),
            Self::Payments(payments::Args::default()),
            Self::Rate(rate::Args::default()),
            Self::Growth(growth::Args::default()),
            Self::Idle(idle::Args::default()),
        ]
    }

    async fn run(self, bench: &Bench) -> Result<()> {
        match self {
            Self::Payments(args) => payments::run(bench, args).await,
            Self::Rate(args) => rate::run(bench, args).await,
            Self::Growth(args) => growth::run(bench, args).await,
            Self::Idle(args) => idle::run(bench, args).await,
            Self::Sandbox(args) => sandbox::run(bench, args).await,
            Self::Sdk(args) => sdk::run(bench, args).await,
            Self::Slow(args) => slow::run(bench, args).await,
            Self::Outage(args) => outage::run(bench, args).await,
            Self::Webhooks(args) => webhooks::run(bench, args).await,
        }
    }
}

/// A result, on standard output. A reader that has gone away is no failure.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// For the person at the terminal, on standard error.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
