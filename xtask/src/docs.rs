//! What ARCHITECTURE.md points at is there: files that it links to, and tests that it names.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// The only document that names tests; a rule whose test is gone would be kept by nobody.
const FILE: &str = "ARCHITECTURE.md";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// A name of a test is a sentence; shorter words in code letters are other things.
const WORDS: usize = 4;

pub(crate) fn check() -> Result<()> {
    let root = Path::new(ROOT);
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("no {FILE}"))?;
    let missing: Vec<_> = links(&text)
        .filter(|link| !root.join(link).exists())
        .collect();
    ensure!(
        missing.is_empty(),
        "{FILE} links to what is not there: {missing:?}"
    );
    let mut sources = String::new();
    read_sources(&root.join("crates"), &mut sources)?;
    let gone: Vec<_> = tests(&text)
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    ensure!(
        gone.is_empty(),
        "{FILE} names tests that are not there: {gone:?}"
    );
    Ok(())
}

/// Links to files of ours, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

/// Every second piece between backticks is in code letters.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let codes = text.split('`').skip(1).step_by(2);
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    codes.filter(move |code| code.matches('_').count() >= WORDS && code.bytes().all(lower))
}

fn read_sources(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_sources(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
