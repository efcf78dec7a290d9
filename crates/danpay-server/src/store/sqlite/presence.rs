//! Whether the files that were opened are still the ones under their names, and whole.
//!
//! **Invariant**: nothing is written into a file that nobody would find again, and nothing is read from
//! one: a file that was deleted or moved away can be used for as long as it is open, and all that is
//! written there would be lost.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::files;

/// What every database file begins with, once something is in it.
const HEADER: [u8; 16] = *b"SQLite format 3\0";

/// For how long a look that found nothing speaks for the reads that come after it: a look takes as long
/// as a small read.
const LOOK_LASTS: Duration = Duration::from_millis(100);

/// The database's file, and those that SQLite keeps beside it for as long as it is open.
pub(super) struct Presence {
    file: Named,
    beside: [Named; 2],
    /// Outlives SQLite's own connections: when a process closes a file, its locks on it are gone.
    open: File,
    /// How long the file was when it was looked at last. It never becomes shorter.
    bytes: AtomicU64,
    /// It was, and what SQLite writes into it later does not mend that.
    is_spoiled: AtomicBool,
    /// When somebody looked last, unless something was found.
    all_well: Mutex<Option<Instant>>,
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
        let file = Named::new(path.to_owned());
        file.check().map_err(io::Error::other)?;
        Ok(Self {
            file,
            beside: ["-wal", "-shm"].map(|suffix| Named::new(files::beside(path, suffix))),
            open: File::open(path)?,
            bytes: AtomicU64::new(0),
            is_spoiled: AtomicBool::new(false),
            all_well: Mutex::default(),
        })
    }

    /// Looks now: before something is written.
    pub(super) fn check(&self) -> Result<(), String> {
        let shown = self.look();
        *self.all_well() = shown.is_ok().then(Instant::now);
        shown
    }

    /// A look of a moment ago is enough: before something is read.
    pub(super) fn check_lately(&self) -> Result<(), String> {
        let looked = *self.all_well();
        if looked.is_some_and(|at| at.elapsed() < LOOK_LASTS) {
            return Ok(());
        }
        self.check()
    }

    fn all_well(&self) -> MutexGuard<'_, Option<Instant>> {
        self.all_well.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Result<(), String> {
        self.check_file()?;
        for file in &self.beside {
            file.check()?;
        }
        Ok(())
    }

    /// The database's file alone.
    pub(super) fn check_file(&self) -> Result<(), String> {
        let bytes = self.file.check()?.len();
        match self.is_whole(bytes) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.file.say(&"somebody has cut it off or overwritten it")),
            Err(error) => Err(self.file.say(&error)),
        }
    }

    fn is_whole(&self, bytes: u64) -> io::Result<bool> {
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
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            identity: OnceLock::new(),
        }
    }

    /// What it is, if it is the file that was seen first.
    fn check(&self) -> Result<Metadata, String> {
        let metadata = fs::metadata(&self.path).map_err(|error| self.say(&error))?;
        let now = (metadata.dev(), metadata.ino());
        if *self.identity.get_or_init(|| now) == now {
            Ok(metadata)
        } else {
            Err(self.say(&"it is another file now"))
        }
    }

    fn say(&self, problem: &dyn std::fmt::Display) -> String {
        format!("{}: {problem}", self.path.display())
    }
}
