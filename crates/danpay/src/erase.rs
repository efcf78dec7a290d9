//! `danpay erase`: old payments forget persons.

use anyhow::Result;

use crate::old::Old;

/// Erase what tells of persons from old payments, and keep the record of the money
///
/// What stays: the shop's number of the order, amounts, times, KakaoPay's numbers, how it was paid, and
/// what went back and when. What goes: the shop's number of the payer, the name of what was bought,
/// return address, metadata, reasons of refunds, the words of banks, and the history, in which these
/// stand too. Nothing goes of a payment that is open, in doubt, or has to be reviewed. It cannot be
/// undone, but for backups. `danpay serve` may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    old: Old,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let many = args
        .old
        .clear("payments erased", async |admin, before, progress| {
            admin.erase(before, |more| progress.add(more)).await
        });
    let many = many.await?;
    crate::say(&format!("erased: what told of persons in {many} payments"));
    Ok(())
}
