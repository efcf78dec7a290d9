//! `danpay prune`: histories that are old enough go.

use std::path::PathBuf;

use anyhow::Result;
use danpay_server::{Admin, Clock, Create};

use crate::old::Before;
use crate::progress::Progress;
use crate::{log, serve};

/// Delete the histories of old payments
///
/// The payments themselves stay; only their events go, and none of a payment that is open or in
/// doubt. On PostgreSQL whole months go, those that have ended by then. In Korea, records of payment
/// are kept for five years. (Idempotency keys go by themselves, after seven days.)
/// `danpay serve` may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    before: Before,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    log::start(&config.log, config.log_format, None)?;
    serve::install_tls();
    let clock = Clock::system();
    let before = args.before.checked(clock.now())?;
    let admin = Admin::open(&config, clock, Create::No).await?;
    let progress = Progress::of("histories deleted");
    admin.prune(before, |more| progress.add(more)).await?;
    let histories = progress.end();
    crate::say(&format!("deleted: the histories of {histories} payments"));
    Ok(())
}
