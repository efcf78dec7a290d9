//! The developer's tasks. CI runs the same ones and nothing else.
//!
//! **Invariant**: a task that cannot do all of its work says so and fails, and the result of a
//! tool is never hidden.

mod bench;
mod contract;
mod docs;
mod failover;
mod files;
mod lint;
mod maven;
mod needs;
mod npm;
mod openapi;
mod planted;
mod pypi;
mod simulate;
mod suites;
mod test;
mod tool;
mod torture;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// The developer's tasks.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Run every test, those in a browser included; what they need is installed if it can be
    Test,
    /// Check the format, the lints, the documentation and, with cargo-deny, the dependencies
    Lint,
    /// Write docs/openapi.json, the API's contract, as the code has it now
    Openapi {
        /// Write it even if shops that go by the one that is there would break
        #[arg(long)]
        breaking: bool,
    },
    /// Measure what is released: `cargo xtask bench`, or a part such as `cargo xtask bench payments`
    Bench {
        /// What to measure, and its options; --help lists them; without a word, everything
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        what: Vec<OsString>,
    },
    /// Live danpay's life many times on one thread, each decided by a seed, and audit the books
    Simulate {
        /// --seeds N (how many), --seed S (the first), --database postgres; a single one shows its
        /// whole timeline
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Hunt the bugs that are planted in a copy of the source, by the simulation's tests
    Planted {
        /// A part of a test's name, or --save: write the patches anew after the copy was edited
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Kill the database's primary while shops sell: another node takes over, and nothing is lost
    Failover {
        /// --kills N, --nodes N, --servers N, --away S, --well S, --seed S, --json FILE, --release
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Kill danpay's servers at random while shops sell and payers pay, and check the books
    Torture {
        /// --seconds N, --kills N, --seed S, --servers N, --database URL, --roll, --release; or webhooks: events on
        /// their way to receivers that fail, hang and restart, with --events N
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test => test::run(),
        Task::Lint => lint::run(),
        Task::Openapi { breaking } => openapi::run(breaking),
        Task::Bench { what } => bench::run(&what),
        Task::Simulate { words } => simulate::run(&words),
        Task::Planted { words } => planted::run(&words),
        Task::Failover { words } => failover::run(&words),
        Task::Torture { words } => torture::run(&words),
    };
    done.unwrap_or_else(|error| {
        tool::say(&format!("xtask: {error:#}"));
        ExitCode::FAILURE
    })
}
