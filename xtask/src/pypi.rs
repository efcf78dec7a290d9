//! What the tests take from PyPI: the library by which shops verify webhooks. It stays in the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

const NAME: &str = "standardwebhooks";
const VERSION: &str = "1.1.0";
/// Where the tests look for it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pypi");

/// Fetches it, unless this version is here already.
pub(crate) fn ensure() -> Result<()> {
    let about = Path::new(FOLDER).join(format!("{NAME}-{VERSION}.dist-info"));
    if about.is_dir() {
        return Ok(());
    }
    tool::run(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
            .args([
                "--upgrade",
                "--disable-pip-version-check",
                "--target",
                FOLDER,
            ])
            .arg(format!("{NAME}=={VERSION}")),
    )
}
