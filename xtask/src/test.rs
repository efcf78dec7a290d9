//! `cargo xtask test`: every test there is.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::suites::Suites;
use crate::{contract, maven, needs, npm, planted, pypi, tool, torture};

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

/// Events on their way to receivers that fail, hang and restart. So few that two runs at once end within three
/// minutes on two cores: for whatever a killed server has under way, both wait forty seconds at the end. By
/// hand there are 10,000.
const WEBHOOKS: [&str; 5] = ["webhooks", "--events", "3000", "--seconds", "45"];

/// The same of three servers on one PostgreSQL.
const WEBHOOKS_ON_POSTGRES: [&str; 4] = ["--database", "postgres", "--servers", "3"];

/// Runs all, whatever fails. The last words are the test runner's own summary and where the time went. So
/// the examples in the documentation come first, as do the simulated lives and the hunt for planted bugs in
/// them, whose build is one of its own. The contract and the torture come before the tests, once they have
/// been built: they run what those run.
pub(crate) fn run() -> Result<ExitCode> {
    needs::ensure()?;
    npm::ensure()?;
    pypi::ensure()?;
    maven::ensure()?;
    let minutes = |minutes| Duration::from_mins(minutes);
    let mut suites = Suites::default();
    let documented = ["--workspace", "--doc"];
    suites.run(
        "examples in documents",
        minutes(3),
        cargo_test().args(documented),
    )?;
    suites.run("lives and planted bugs", minutes(6), &mut planted::hunt()?)?;
    let tests = ["--workspace", "--exclude", LIVES, "--tests", "--features"];
    let tests = tests.into_iter().chain(["danpay/browser,danpay/languages"]);
    let mut build = cargo_test();
    build.args(tests.clone()).arg("--no-run");
    let is_built = suites.run("build of the tests", minutes(7), &mut build)?;
    ensure!(is_built, "the tests cannot be built");
    suites.run("the API's contract", minutes(2), &mut contract::trial()?)?;
    let (mut on_a_file, mut on_postgres) = (torture::built("debug")?, torture::built("debug")?);
    on_postgres.args(ON_POSTGRES);
    let tortures = [&mut on_a_file, &mut on_postgres];
    suites.run_both("torture, on both databases", minutes(4), tortures)?;
    let (mut on_a_file, mut on_postgres) = (torture::built("debug")?, torture::built("debug")?);
    on_a_file.args(WEBHOOKS);
    on_postgres.args(WEBHOOKS).args(WEBHOOKS_ON_POSTGRES);
    let tortures = [&mut on_a_file, &mut on_postgres];
    suites.run_both("webhooks, on both databases", minutes(3), tortures)?;
    suites.run("tests", minutes(9), cargo_test().args(tests))?;
    tool::say(&suites.table());
    Ok(if suites.have_passed() {
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
