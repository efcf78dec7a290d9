//! The file by which whoever has started a command learns that it is ready, and where it is.

use std::cell::OnceCell;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};

/// A file that is there only while what it tells of is ready. Only its owner may read it.
pub(crate) struct ReadyFile {
    path: Option<PathBuf>,
    told: OnceCell<String>,
}

impl ReadyFile {
    /// Nothing is told yet: a file of an earlier run would tell of something that is gone.
    pub(crate) fn cleared(path: Option<PathBuf>) -> Self {
        if let Some(path) = &path {
            // There is mostly none.
            let _ = fs::remove_file(path);
        }
        let told = OnceCell::new();
        Self { path, told }
    }

    /// Tells it, if there is a file to tell it in. Once.
    pub(crate) fn tell(&self, text: &str) -> Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = self.told.get_or_init(|| format!("{text}\n"));
        write(path, text)
            .with_context(|| format!("the ready file {} cannot be written", path.display()))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        let (Some(path), Some(told)) = (&self.path, self.told.get()) else {
            return;
        };
        // Whoever has been started meanwhile may have written its own.
        if fs::read_to_string(path).is_ok_and(|there| there == *told) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Beside the file first, so that whoever waits for it never reads half of it.
fn write(file: &Path, text: &str) -> Result<()> {
    let name = file.file_name().ok_or_else(|| anyhow!("it has no name"))?;
    let mut next = name.to_owned();
    next.push(".next");
    let next = file.with_file_name(next);
    danpay_server::create_private_anew(&next)?.write_all(text.as_bytes())?;
    fs::rename(&next, file)?;
    Ok(())
}
