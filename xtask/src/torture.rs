//! `cargo xtask torture`: danpay's servers are killed at random, and the books checked.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::tool;

/// Builds danpay and its torture, and runs it with `words`; one of them may be `--release`.
pub(crate) fn run(words: &[OsString]) -> Result<ExitCode> {
    let (release, words): (Vec<_>, Vec<_>) = words.iter().partition(|word| *word == "--release");
    tool::run(
        (tool::cargo().args(["build", "--locked"]))
            .args(["--package", "danpay", "--package", "danpay-torture"])
            .args(&release),
    )?;
    let profile = if release.is_empty() {
        "debug"
    } else {
        "release"
    };
    let tortured = tool::status(built(profile)?.args(words))?;
    Ok(if tortured.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The torture as it was built, with danpay beside it.
pub(crate) fn built(profile: impl AsRef<OsStr>) -> Result<Command> {
    let built = tool::target()?.join(profile.as_ref());
    Ok(Command::new(built.join("danpay-torture")))
}
