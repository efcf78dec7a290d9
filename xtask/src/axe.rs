//! axe-core, which the tests in a browser run on every page. It stays in the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

/// Newer versions find more: raising this may need work on the pages.
const VERSION: &str = "4.14.1";
/// Where the tests look for it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/npm");

/// Fetches it, unless this version is here already.
pub(crate) fn ensure() -> Result<()> {
    if is_here() {
        return Ok(());
    }
    tool::run(
        Command::new("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund"])
            .args(["--prefix", FOLDER])
            .arg(format!("axe-core@{VERSION}")),
    )
}

fn is_here() -> bool {
    let about = Path::new(FOLDER).join("node_modules/axe-core/package.json");
    let about = std::fs::read_to_string(about).unwrap_or_default();
    about.contains(&format!("\"version\": \"{VERSION}\""))
}
