//! `cargo xtask simulate`: many lives of danpay, each decided by its seed.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::tool;

pub(crate) fn run(words: &[OsString]) -> Result<ExitCode> {
    let simulate = tool::status(
        (tool::cargo().args(["run", "--quiet", "--release", "--locked"]))
            .args(["--package", "danpay-simulation", "--"])
            .args(words),
    )?;
    Ok(if simulate.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
