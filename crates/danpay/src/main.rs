//! The one binary: the payment server, the sandbox and the demo.
//!
//! **Invariant**: a command reads its arguments and settings, starts what it names and ends with
//! 0 only if it did what it was asked; standard output is for results, standard error for the log.

mod as_shop;
mod backup;
mod beside_sandbox;
mod demo;
mod dev;
mod erase;
mod first_key;
mod keys;
mod listen;
mod log;
mod migrate;
mod old;
mod operator;
mod progress;
mod prune;
mod ready_file;
mod recover;
mod sandbox;
mod secrets;
mod serve;
mod shops;
mod start;
mod trigger;
mod webhooks;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// A payment takes and gives back memory some thousand times, on several threads: with the system's
/// allocator it costs a third more processor time (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// KakaoPay one-time payment (카카오페이 단건 결제) done right.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Sandbox(Box<sandbox::Args>),
    Demo(demo::Args),
    Dev(dev::Args),
    Listen(listen::Args),
    Trigger(trigger::Args),
    Shops(Box<shops::Args>),
    Keys(keys::Args),
    Webhooks(Box<webhooks::Args>),
    Secrets(secrets::Args),
    Migrate(migrate::Args),
    Prune(prune::Args),
    Erase(erase::Args),
    Recover(recover::Args),
    Backup(backup::Args),
    Restore(backup::RestoreArgs),
    /// Print the API's contract, OpenAPI 3.1, as a server has it at `/openapi.json`
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let _ending = log::Ending;
    danpay_server::raise_open_files();
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args).await,
        Command::Sandbox(args) => sandbox::run(*args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Dev(args) => dev::run(args).await,
        Command::Listen(args) => listen::run(args).await,
        Command::Trigger(args) => trigger::run(args).await,
        Command::Shops(args) => shops::run(*args).await,
        Command::Keys(args) => keys::run(args).await,
        Command::Webhooks(args) => webhooks::run(*args).await,
        Command::Secrets(args) => secrets::run(args).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::Prune(args) => prune::run(args).await,
        Command::Erase(args) => erase::run(args).await,
        Command::Recover(args) => recover::run(args).await,
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => backup::restore(args).await,
        Command::Openapi => print(danpay_server::openapi_json().trim_end()),
    };
    // The last word comes after the log's, where anything can still be said.
    let is_heard = log::end();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if is_heard {
                say(&format!("danpay: {error:#}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// A result, on standard output. A reader that has gone away is no failure.
fn print(text: &str) -> Result<()> {
    match write(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context(UNWRITTEN),
    }
}

/// The same for what cannot be had a second time: somebody has to take it.
fn hand_over(text: &str) -> Result<()> {
    write(text).context(UNWRITTEN)
}

const UNWRITTEN: &str = "standard output cannot be written";

fn write(text: &str) -> io::Result<()> {
    use std::io::Write as _;
    writeln!(io::stdout(), "{text}")
}

/// A message for the person at the terminal, on standard error.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
