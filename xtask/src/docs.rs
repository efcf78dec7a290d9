//! The documents: what they point at is there, and each page is there in both languages.

mod links;
mod named_tests;
mod page;
mod twins;

use std::path::Path;

use anyhow::{Result, ensure};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub(crate) fn check() -> Result<()> {
    let root = Path::new(ROOT);
    let mut problems = links::problems(root)?;
    problems.extend(twins::problems(root)?);
    problems.extend(named_tests::problems(root)?);
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}
