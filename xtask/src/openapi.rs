//! `cargo xtask openapi`: `docs/openapi.json`, the API's contract, from the code.
//!
//! **Invariant**: it does not break what it has promised unless somebody says so, and never between two
//! releases that have to fit.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{contract, tool};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const SNAPSHOT: &str = "docs/openapi.json";

/// Writes it anew; with a break of what it says now only if that `is_breaking`.
pub(crate) fn run(is_breaking: bool) -> Result<ExitCode> {
    let path = Path::new(ROOT).join(SNAPSHOT);
    let new = made()?;
    if !is_breaking && path.is_file() {
        let old = document(&std::fs::read(&path)?)?;
        let breaks = contract::breaks(&old, &document(&new)?);
        ensure!(
            breaks.is_empty(),
            "{SNAPSHOT} stays as it is: the new one would break shops.\n{}\nIf it has to: cargo xtask openapi --breaking",
            breaks.join("\n")
        );
    }
    std::fs::write(path, new)?;
    Ok(ExitCode::SUCCESS)
}

/// That the contract of the newest release before this is kept.
pub(crate) fn check() -> Result<()> {
    let Some(release) = last_release()? else {
        tool::say("there is no release yet: the API has promised nothing");
        return Ok(());
    };
    let Some(old) = git(&["show", &format!("{release}:{SNAPSHOT}")])? else {
        tool::say(&format!(
            "{release} had no {SNAPSHOT}: it has promised nothing"
        ));
        return Ok(());
    };
    let new = std::fs::read(Path::new(ROOT).join(SNAPSHOT))?;
    let breaks = contract::keep(&document(&old)?, &document(&new)?);
    ensure!(
        breaks.is_empty(),
        "{SNAPSHOT} breaks what {release} promised, so it needs another version than a patch of it:\n{}",
        breaks.join("\n")
    );
    Ok(())
}

/// What the code says. cargo and what it builds tell of themselves beside that.
fn made() -> Result<Vec<u8>> {
    let made = tool::cargo()
        .args([
            "run",
            "--locked",
            "--quiet",
            "--package",
            "danpay",
            "--",
            "openapi",
        ])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(made.status.success(), "the contract cannot be made");
    Ok(made.stdout)
}

/// Its tag.
fn last_release() -> Result<Option<String>> {
    let tag = git(&["describe", "--tags", "--abbrev=0", "--match", "v*"])?;
    let tag = tag.map(String::from_utf8).transpose()?;
    Ok(tag.map(|tag| tag.trim().to_owned()))
}

/// What git says; nothing if it knows no such thing.
fn git(words: &[&str]) -> Result<Option<Vec<u8>>> {
    let said = Command::new("git")
        .args(words)
        .current_dir(ROOT)
        .output()
        .context("git is needed, for what the last release promised")?;
    Ok(said.status.success().then_some(said.stdout))
}

fn document(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(text).with_context(|| format!("{SNAPSHOT} is no JSON"))
}
