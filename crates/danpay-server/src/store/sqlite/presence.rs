//! Whether the files that were opened are still the ones under their names, and whole.
//!
//! **Invariant**: nothing is written into a file that nobody would find again, and nothing is read from
//! one: a file that was deleted or moved away can be used for as long as it is open, and all that is
//! written there would be lost.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What every database file begins with, once something is in it.
const HEADER: [u8; 16] = *b"SQLite format 3\0";

/// The database's file, and those that SQLite keeps beside it for as long as it is open.
pub(super) struct Presence {
    file: Named,
    beside: [Named; 2],
    open: File,
    /// How long the file was when it was looked at last. It never becomes shorter.
    bytes: AtomicU64,
    /// It was, and what SQLite writes into it later does not mend that.
    is_spoiled: AtomicBool,
}

/// A file under its name.
struct Named {
    path: PathBuf,
    /// Device and inode, once it has been seen.
    identity: OnceLock<(u64, u64)>,
}

impl Presence {
    /// Of the file that has just been opened under this path.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = Named::new(path, "");
        file.check().map_err(io::Error::other)?;
        Ok(Self {
            file,
            beside: ["-wal", "-shm"].map(|suffix| Named::new(path, suffix)),
            open: File::open(path)?,
            bytes: AtomicU64::new(0),
            is_spoiled: AtomicBool::new(false),
        })
    }

    /// Microseconds, beside a flush of the disk.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_file()?;
        self.beside.iter().try_for_each(Named::check)
    }

    /// The database's file alone.
    pub(super) fn check_file(&self) -> Result<(), String> {
        self.file.check()?;
        match self.is_whole() {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!(
                "{}: somebody has cut it off or overwritten it",
                self.file.path.display()
            )),
            Err(error) => Err(format!("{}: {error}", self.file.path.display())),
        }
    }

    fn is_whole(&self) -> io::Result<bool> {
        let bytes = self.open.metadata()?.len();
        let was_longer = bytes < self.bytes.fetch_max(bytes, Ordering::Relaxed);
        let mut header = HEADER;
        if bytes >= HEADER.len() as u64 {
            self.open.read_exact_at(&mut header, 0)?;
        }
        if was_longer || header != HEADER {
            self.is_spoiled.store(true, Ordering::Relaxed);
        }
        Ok(!self.is_spoiled.load(Ordering::Relaxed))
    }
}

impl Named {
    fn new(path: &Path, suffix: &str) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        Self {
            path: name.into(),
            identity: OnceLock::new(),
        }
    }

    /// Whether it is the file that was seen first.
    fn check(&self) -> Result<(), String> {
        let say = |problem: &dyn std::fmt::Display| format!("{}: {problem}", self.path.display());
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) => return Err(say(&error)),
        };
        let now = (metadata.dev(), metadata.ino());
        if *self.identity.get_or_init(|| now) == now {
            Ok(())
        } else {
            Err(say(&"it is another file now"))
        }
    }
}
