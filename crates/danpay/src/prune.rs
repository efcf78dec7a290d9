//! `danpay prune`: histories that are old enough go.

use anyhow::Result;

use crate::old::Old;

/// Delete the histories of old payments
///
/// The payments themselves stay; only their events go, and none of a payment that is open or in
/// doubt. On PostgreSQL whole months go, those that have ended by then. In Korea, records of payment
/// are kept for five years. (Idempotency keys go by themselves, after seven days.)
/// `danpay serve` may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    old: Old,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let many = args
        .old
        .clear("histories deleted", async |admin, before, progress| {
            admin.prune(before, |more| progress.add(more)).await
        });
    let many = many.await?;
    crate::say(&format!("deleted: the histories of {many} payments"));
    Ok(())
}
