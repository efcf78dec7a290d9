//! `cargo xtask test`: every test there is.

use std::process::{Command, ExitCode, ExitStatus};

use anyhow::Result;

use crate::{axe, browser, tool};

/// Runs all, whatever fails. The last words are the test runner's own summary, which is why the
/// examples in the documentation come first: their runner says something more after it. So does the
/// hunt for planted bugs, which needs a build of its own.
pub(crate) fn run() -> Result<ExitCode> {
    browser::ensure()?;
    axe::ensure()?;
    let documented = tool::status(cargo_test().args(["--workspace", "--doc"]))?;
    let bitten = tool::status(
        (cargo_test().args(["--package", "danpay-simulation", "--test", "it"])).args([
            "--features",
            "planted-bugs",
            "teeth",
            "--",
            "--nocapture",
        ]),
    )?;
    let tested = tool::status(
        (cargo_test().args(["--workspace", "--tests"])).args(["--features", "danpay/browser"]),
    )?;
    let all = [documented, bitten, tested];
    Ok(if all.iter().all(ExitStatus::success) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cargo_test() -> Command {
    let mut command = tool::cargo();
    command.args(["test", "--locked", "--no-fail-fast"]);
    command
}
