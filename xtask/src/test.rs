//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use anyhow::Result;

use crate::{browser, tool};

/// The last words are the test runner's own.
pub(crate) fn run() -> Result<ExitCode> {
    browser::ensure()?;
    let mut tests = tool::cargo();
    tests
        .args(["test", "--workspace", "--features", "danpay/browser"])
        .args(["--locked", "--no-fail-fast"]);
    let status = tool::status(&mut tests)?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
