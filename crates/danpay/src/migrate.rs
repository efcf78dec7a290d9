//! `danpay migrate`: brings the database's tables up to date.

use std::path::PathBuf;

use anyhow::Result;
use danpay_server::Clock;

use crate::operator::may_create;
use crate::progress::Progress;
use crate::{log, serve};

/// Bring the database's tables up to date, and make what they need ahead of time
///
/// `danpay serve` does the same at its start. Run it on its own where servers may not change
/// tables: before each new version, and once a month.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// Make the database if there is none
    #[arg(long)]
    create: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    log::start(&config.log, config.log_format, None)?;
    serve::install_tls();
    let progress = Progress::once("bringing the tables up to date");
    danpay_server::migrate(&config, &Clock::system(), may_create(args.create)).await?;
    progress.end();
    crate::say("the database is up to date");
    Ok(())
}
