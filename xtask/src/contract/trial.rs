//! danpay's API is tried by the contract that it serves: thousands of requests that fit it or do not, from which
//! Schemathesis sees whether the answers do.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tool;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// With danpay as it was built for the tests.
pub(crate) fn trial() -> Result<Command> {
    let root = Path::new(ROOT);
    let mut command = Command::new("python3");
    command
        .arg(root.join("crates/danpay/tests/contract/run.py"))
        .env("DANPAY", tool::target()?.join("debug/danpay"))
        .env("PYTHONPATH", root.join("target/schemathesis"));
    Ok(command)
}
