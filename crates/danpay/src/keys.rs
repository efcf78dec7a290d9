//! `danpay keys`: the shop's API keys.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use danpay_server::{Clock, Server};
use secrecy::ExposeSecret;

use crate::serve;

/// Make API keys for the shop
///
/// A SQLite database serves one process at a time: stop `danpay serve` first.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key and print it, this once
    Create {
        /// What to call it, for example the name of the service that uses it
        name: String,
    },
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    serve::install_tls();
    let Command::Create { name } = args.command;
    let server = Server::open(&config, Clock::system()).await?;
    let key = server.create_api_key(&name).await?;
    crate::hand_over(key.expose_secret())
}
