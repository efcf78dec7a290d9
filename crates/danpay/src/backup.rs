//! `danpay backup` and `danpay restore`: a copy of the database, and back.

use std::path::PathBuf;

use anyhow::Result;
use danpay_server::{Admin, Clock, Create, Restored};

use crate::progress::Progress;
use crate::serve;

/// Copy the database into a file, while `danpay serve` goes on
///
/// For SQLite. The copy is whole and as of the moment when the command began. It may hold tokens of
/// payers who are paying right now: keep it as safe as the database.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// The copy; there must be no such file yet
    file: PathBuf,
    /// How far the log of the database (-wal) may grow meanwhile, in MiB; then the copy is given up
    #[arg(long, default_value_t = 4_096)]
    log_max: u64,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    let progress = Progress::once("copying the database");
    let log_max = args.log_max.saturating_mul(1 << 20);
    danpay_server::backup(&config, &args.file, log_max)?;
    progress.end();
    crate::say(&format!("the copy is in {}", args.file.display()));
    Ok(())
}

/// What the operator has to do then.
const NEXT: &str = "nothing is approved or canceled until this has ended well: danpay recover \
                    --from-log FILE [--since WHEN]";

/// Put a copy of the database back into its place, or mark one that was put back otherwise
///
/// A file is for SQLite, with `danpay serve` stopped; the database that stood there is kept beside it.
/// A database that was put back by other means (PostgreSQL's own tools, a snapshot of the disk) is marked
/// with --mark, before any server is started. In both cases nothing is approved or canceled until
/// `danpay recover` has looked up what it lacks.
#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// The copy, made by `danpay backup`
    #[arg(required_unless_present = "mark", conflicts_with = "mark")]
    file: Option<PathBuf>,
    /// The database is in its place already: mark it as restored
    #[arg(long)]
    mark: bool,
}

pub(crate) async fn restore(args: RestoreArgs) -> Result<()> {
    let config = serve::settings(args.config)?;
    let clock = Clock::system();
    let Some(file) = args.file else {
        serve::install_tls();
        let admin = Admin::open(&config, clock, Create::No).await?;
        admin.mark_restored().await?;
        crate::say(&format!("the database is marked as restored; {NEXT}"));
        return Ok(());
    };
    let progress = Progress::once("checking the copy and putting it back");
    let Restored { newest, replaced } = danpay_server::restore(&config, &file, clock.now())?;
    progress.end();
    if let Some(replaced) = replaced {
        crate::say(&format!("the former database is in {}", replaced.display()));
    }
    let newest = newest.map_or("never".to_owned(), |newest| newest.to_string());
    crate::say(&format!(
        "the database is back, with its last change at {newest}; {NEXT}"
    ));
    Ok(())
}
