//! `cargo xtask bench`: how fast and how small, measured on what is released.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::tool;

/// Builds what is measured as it is handed out, and then the bench: nothing is compiled while
/// something is measured.
pub(crate) fn run(words: &[OsString]) -> Result<ExitCode> {
    let release = ["--profile", "dist", "--locked", "--package"];
    tool::run(tool::cargo().arg("build").args(release).arg("danpay"))?;
    let bench = tool::status(
        (tool::cargo().args(["run", "--quiet"]).args(release))
            .args(["danpay-bench", "--"])
            .args(words),
    )?;
    Ok(if bench.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
