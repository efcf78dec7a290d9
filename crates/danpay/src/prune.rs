//! `danpay prune`: what is old enough goes.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use danpay_server::{Admin, Clock, Create};
use jiff::{SignedDuration, Timestamp};

use crate::{log, serve};

/// Whatever happened since may still be asked about.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

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
    /// Only what is older than this, such as 2021-01-01T00:00:00Z; at least 24 hours ago
    #[arg(long, value_name = "INSTANT")]
    before: Timestamp,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    log::start(&config.log, config.log_format, None)?;
    let now = Clock::system().now();
    let latest = now.saturating_sub(KEPT).unwrap_or(now);
    ensure!(
        args.before <= latest,
        "--before must be {latest} or earlier: younger histories are needed"
    );
    let admin = Admin::open(&config, Clock::system(), Create::No).await?;
    let histories = admin.prune(args.before).await?;
    crate::say(&format!("deleted: the histories of {histories} payments"));
    Ok(())
}
