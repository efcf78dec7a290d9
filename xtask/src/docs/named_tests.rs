//! Tests that ARCHITECTURE.md names are there: a rule whose test is gone would be kept by nobody.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::files::files_below;

/// The only document that names tests.
const FILE: &str = "ARCHITECTURE.md";
/// A name of a test is a sentence; shorter words in code letters are other things.
const WORDS: usize = 4;

pub(super) fn problems(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("no {FILE}"))?;
    let mut sources = String::new();
    for file in files_below(&root.join("crates"), &["rs"])? {
        sources.push_str(&fs::read_to_string(file)?);
    }
    let gone = tests(&text).filter(|name| !sources.contains(&format!("fn {name}(")));
    Ok(gone
        .map(|name| format!("{FILE}: no test is named {name}"))
        .collect())
}

/// Every second piece between backticks is in code letters.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let codes = text.split('`').skip(1).step_by(2);
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    codes.filter(move |code| code.matches('_').count() >= WORDS && code.bytes().all(lower))
}
