//! What the tests take from npm: axe-core, which those in a browser run on every page, vitest, which runs an
//! example, the library by which shops verify webhooks, and TypeScript, whose clients are made of the contract. It
//! stays in the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

/// With their versions. A newer axe-core finds more: raising it may need work on the pages.
const PACKAGES: [(&str, &str); 5] = [
    ("axe-core", "4.14.1"),
    ("vitest", "3.2.7"),
    ("standardwebhooks", "1.1.1"),
    ("typescript", "5.9.3"),
    ("@types/node", "20.19.43"),
];
/// Where the tests look for them.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/npm");

/// Fetches them, unless these versions are here already.
pub(crate) fn ensure() -> Result<()> {
    if PACKAGES.iter().all(is_here) {
        return Ok(());
    }
    let packages = PACKAGES.map(|(name, version)| format!("{name}@{version}"));
    tool::run(
        Command::new("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund"])
            .args(["--prefix", FOLDER])
            .args(packages),
    )
}

fn is_here((name, version): &(&str, &str)) -> bool {
    let about = Path::new(FOLDER).join("node_modules").join(name);
    let about = std::fs::read_to_string(about.join("package.json")).unwrap_or_default();
    about.contains(&format!("\"version\": \"{version}\""))
}
