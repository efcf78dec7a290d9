//! The file by which whoever has started a command learns that it is ready, and where it is.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};

/// A file that is there only while what it tells of is ready. Only its owner may read it.
pub(crate) struct ReadyFile(Option<PathBuf>);

impl ReadyFile {
    /// Nothing is told yet: a file of an earlier run would tell of something that is gone.
    pub(crate) fn cleared(path: Option<PathBuf>) -> Self {
        if let Some(path) = &path {
            // There is mostly none.
            let _ = fs::remove_file(path);
        }
        Self(path)
    }

    /// Tells it, if there is a file to tell it in.
    pub(crate) fn tell(&self, text: &str) -> Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        write(path, text)
            .with_context(|| format!("the ready file {} cannot be written", path.display()))
    }
}

/// Beside the file first, so that whoever waits for it never reads half of it.
fn write(file: &Path, text: &str) -> Result<()> {
    let name = file.file_name().ok_or_else(|| anyhow!("it has no name"))?;
    let mut next = name.to_owned();
    next.push(".next");
    let next = file.with_file_name(next);
    writeln!(danpay_server::create_private_anew(&next)?, "{text}")?;
    fs::rename(&next, file)?;
    Ok(())
}
