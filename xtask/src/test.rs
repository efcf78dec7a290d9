//! `cargo xtask test`: every test there is.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{axe, needs, tool};

/// Runs all, whatever fails. The last words are the test runner's own summary, which is why the
/// examples in the documentation come first: their runner says something more after it.
pub(crate) fn run() -> Result<ExitCode> {
    needs::ensure()?;
    axe::ensure()?;
    let documented = tool::status(cargo_test().arg("--doc"))?;
    let tested = tool::status(cargo_test().args(["--tests", "--features", "danpay/browser"]))?;
    Ok(if documented.success() && tested.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cargo_test() -> Command {
    let mut command = tool::cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    command
}
