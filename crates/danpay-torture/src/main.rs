//! `cargo xtask torture`: real `danpay serve` processes that are killed, a real `danpay sandbox`
//! with faults, shops and payers over HTTP, and the books checked at the end.
//!
//! **Invariant**: exits with 0 only if nothing happened that must not. Everything is seen through
//! public doors: danpay's API, the payer's addresses, the sandbox's `/_sandbox/`, the log; and the
//! steps that no shop is told are read in the database.

mod books;
mod chance;
mod chaos;
mod check;
mod database;
mod failover;
mod fleet;
mod history;
mod journal;
mod log;
mod minutes;
mod payer;
mod plan;
mod process;
mod question;
mod record;
mod report;
mod roll;
mod settling;
mod shop;
mod torture;
mod weather;
mod webhooks;
mod world;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// Kill danpay's servers at random while shops sell and payers pay, and check the books
#[derive(Parser)]
#[command(bin_name = "cargo xtask torture", max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// How long servers are killed and faults injected, at least
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// So many kills at least; chaos goes on until then, within limits
    #[arg(long, default_value_t = 50)]
    kills: u64,
    /// What shops and payers do follows from it, when processes die does not [default: any]
    #[arg(long)]
    seed: Option<u64>,
    /// So many servers on one database
    #[arg(long, default_value_t = 1)]
    servers: usize,
    /// The database, which must be empty: a URL, or `postgres` for a PostgreSQL of its own
    /// that is killed, too [default: a SQLite file in a folder of its own]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Stop the servers one after the other (SIGTERM) instead of killing them
    #[arg(long)]
    roll: bool,
    /// The program to torture [default: the danpay beside this program]
    #[arg(long, value_name = "FILE")]
    danpay: Option<PathBuf>,
    #[command(subcommand)]
    other: Option<Other>,
}

#[derive(Subcommand)]
enum Other {
    Failover(failover::Args),
    Webhooks(webhooks::Args),
}

impl Args {
    fn danpay(&self) -> Result<PathBuf> {
        let danpay = match &self.danpay {
            Some(danpay) => danpay.clone(),
            None => std::env::current_exe()?.with_file_name("danpay"),
        };
        let found = danpay.canonicalize();
        found.with_context(|| format!("there is no {}", danpay.display()))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = Args::parse();
    let done = match args.other.take() {
        None => torture::run(args).await,
        Some(Other::Failover(failover)) => failover::run(failover).await,
        Some(Other::Webhooks(webhooks)) => webhooks::run(webhooks).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("torture: {error:#}"));
            ExitCode::FAILURE
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
