//! Whether the file that was opened is still the one under its name.
//!
//! **Invariant**: nothing is written into a file that nobody would find again: a file that was
//! deleted or moved away can be written for as long as it is open, and all of it would be lost.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

pub(super) struct Presence {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl Presence {
    /// Of the file that has just been opened under this path.
    pub(super) fn of(path: PathBuf) -> io::Result<Self> {
        let identity = identity(&path)?;
        Ok(Self { path, identity })
    }

    /// Microseconds, beside a flush of the disk.
    pub(super) fn check(&self) -> Result<(), String> {
        match identity(&self.path) {
            Ok(identity) if identity == self.identity => Ok(()),
            Ok(_) => Err(format!("{} is another file now", self.path.display())),
            Err(error) => Err(format!("{}: {error}", self.path.display())),
        }
    }
}

fn identity(path: &PathBuf) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
