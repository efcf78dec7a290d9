//! `danpay erase`: old payments forget persons.

use std::path::PathBuf;

use anyhow::Result;
use danpay_server::{Admin, Clock, Create};

use crate::old::Before;
use crate::progress::Progress;
use crate::{log, serve};

/// Erase what tells of persons from old payments, and keep the record of the money
///
/// What stays: the shop's number of the order, amounts, times, KakaoPay's numbers, how it was paid, and
/// what went back and when. What goes: the shop's number of the payer, the name of what was bought,
/// return address, metadata, reasons of refunds, the words of banks, and the history, in which these
/// stand too. Nothing goes of a payment that is open, in doubt, or has to be reviewed. It cannot be
/// undone, but for backups. `danpay serve` may run meanwhile.
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
    let progress = Progress::of("payments erased");
    admin.erase(before, |more| progress.add(more)).await?;
    let payments = progress.end();
    crate::say(&format!(
        "erased: what told of persons in {payments} payments"
    ));
    Ok(())
}
