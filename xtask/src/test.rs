//! `cargo xtask test`: every test there is.

use std::process::{Command, ExitCode, ExitStatus};

use anyhow::Result;

use crate::{axe, needs, planted, tool, torture};

/// Its lives are too many for a build that is not optimized.
const LIVES: &str = "danpay-simulation";

/// Three servers on one PostgreSQL, which is killed as well.
const ON_POSTGRES: [&str; 8] = [
    "--database",
    "postgres",
    "--servers",
    "3",
    "--seconds",
    "45",
    "--kills",
    "30",
];

/// Runs all, whatever fails. The last words are the test runner's own summary, which is why the
/// examples in the documentation come first, as their runner says something more after it; so do
/// the simulated lives and the hunt for planted bugs in them, whose build is one of its own. The torture
/// comes before the tests, once they have been built: it runs what they run.
pub(crate) fn run() -> Result<ExitCode> {
    needs::ensure()?;
    axe::ensure()?;
    let documented = tool::status(cargo_test().args(["--workspace", "--doc"]))?;
    let lived = tool::status(&mut planted::hunt()?)?;
    let tests = ["--workspace", "--exclude", LIVES, "--tests", "--features"];
    let tests = tests.into_iter().chain(["danpay/browser"]);
    tool::run(cargo_test().args(tests.clone()).arg("--no-run"))?;
    let on_a_file = tool::status(&mut torture::built("debug")?)?;
    let on_postgres = tool::status(torture::built("debug")?.args(ON_POSTGRES))?;
    let tested = tool::status(cargo_test().args(tests))?;
    let all = [documented, lived, on_a_file, on_postgres, tested];
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
