//! The documents: what they point at is there, and each page is there in both languages.

mod links;
mod named_tests;
mod page;
mod twins;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::files::folders_in;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a folder says about itself, in English and in Korean.
const READMES: [&str; 2] = ["README.md", "README.ko.md"];

/// The folders that have [`READMES`], as seen from the root: that itself, and each sample.
fn of_readmes(root: &Path) -> Result<Vec<PathBuf>> {
    let samples = folders_in(&root.join("samples"))?.into_iter();
    let samples = samples.filter_map(|folder| Some(folder.strip_prefix(root).ok()?.to_owned()));
    Ok(std::iter::once(PathBuf::new()).chain(samples).collect())
}

pub(crate) fn check() -> Result<()> {
    let root = Path::new(ROOT);
    let mut problems = links::problems(root)?;
    problems.extend(twins::problems(root)?);
    problems.extend(named_tests::problems(root)?);
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}
