//! `danpay backup` and `danpay restore`: a copy of the books, and back.

use std::path::PathBuf;

use anyhow::Result;
use danpay_server::{Clock, PutBack};

use crate::serve;

/// Copy the books into a file, while `danpay serve` goes on
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
}

pub(crate) fn run(args: Args) -> Result<()> {
    let config = serve::settings(args.config)?;
    danpay_server::backup(&config, &args.file)?;
    crate::say(&format!("the books are in {}", args.file.display()));
    Ok(())
}

/// Put a copy of the books back into their place
///
/// For SQLite, with `danpay serve` stopped. The books that stood there are kept beside it. Run
/// `danpay recover` next: it looks up what has happened since the copy.
#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// The copy, made by `danpay backup`
    file: PathBuf,
}

pub(crate) fn restore(args: RestoreArgs) -> Result<()> {
    let config = serve::settings(args.config)?;
    let now = Clock::system().now();
    let PutBack { newest, replaced } = danpay_server::restore(&config, &args.file, now)?;
    if let Some(replaced) = replaced {
        crate::say(&format!("the former books are in {}", replaced.display()));
    }
    let newest = newest.map_or("never".to_owned(), |newest| newest.to_string());
    crate::say(&format!(
        "the books are back, with their last change at {newest}; before you serve, run: \
         danpay recover --since INSTANT --from-log FILE"
    ));
    Ok(())
}
