//! Benches: a program of ours as a child process, loaded over loopback and measured from outside.
//!
//! **Invariant**: what is measured is the released binary doing right: an answer that is not the
//! expected one ends the bench. What the load generator itself took is told beside each figure.

mod child;
mod connection;
mod latency;
mod load;
mod machine;
mod process;
mod sandbox;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

/// Measure what danpay does with this machine.
#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", max_term_width = 100)]
enum Bench {
    Sandbox(sandbox::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Bench::parse() {
        Bench::Sandbox(args) => sandbox::run(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error:#}"));
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
