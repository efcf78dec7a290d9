//! `danpay secrets`: the shops' secrets at rest.

use anyhow::Result;
use clap::Subcommand;

use crate::operator::Database;

/// Look after the secrets that the database holds sealed
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: Database,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Seal every secret anew with the first key of the master key file, while `danpay serve` runs
    ///
    /// First put the new key above the old one, on every machine. When this has ended well, the old
    /// one may go.
    Rotate,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let admin = args.database.open().await?;
    let Command::Rotate = args.command;
    let sealed = admin.rotate_secrets().await?;
    crate::say(&format!("sealed anew: {sealed}"));
    Ok(())
}
