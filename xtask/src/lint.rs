//! `cargo xtask lint`: what is wrong without running anything.

use std::process::ExitCode;

use anyhow::Result;

use crate::{docs, openapi, tool, words};

pub(crate) fn run() -> Result<ExitCode> {
    docs::check()?;
    words::check()?;
    openapi::check()?;
    tool::run(tool::cargo().args(["fmt", "--all", "--check"]))?;
    tool::run(
        tool::cargo()
            .args(["clippy", "--workspace", "--all-targets", "--all-features"])
            .args(["--locked", "--", "-D", "warnings"]),
    )?;
    tool::run(
        tool::cargo()
            .args(["doc", "--workspace", "--all-features", "--no-deps"])
            .arg("--locked")
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if tool::is_here("cargo-deny") {
        // Advisories are not among them: they need GitHub, and change without a change of ours.
        let checks = ["bans", "licenses", "sources"];
        tool::run(
            tool::cargo()
                .args(["deny", "--all-features", "check"])
                .args(checks),
        )?;
    } else {
        tool::say("cargo-deny is not installed: deny.toml was not checked");
    }
    Ok(ExitCode::SUCCESS)
}
