//! The database's file and those beside it: their names, whose they are, and the lock.
//!
//! **Invariant**: all of them are their owner's alone, since payers' tokens may be in them; and no new
//! database is made in the place of an old one.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::private_file::{create_private, make_private, private};
use crate::store::OpenError;

/// For how long a file is waited for that another has, and how often is looked.
const LOCK_WAIT: Duration = Duration::from_millis(500);
const LOCK_LOOK: Duration = Duration::from_millis(10);

/// The file of this name with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the database's file, if there is none. SQLite gives the files beside it the same mode; what an
/// operator has put here under another one is closed.
pub(super) fn create(path: &Path) -> io::Result<()> {
    match create_private(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(|_| ()),
    }
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let file = beside(path, suffix);
        match make_private(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(true) => tracing::warn!(
                file = %file.display(),
                "others could read this file: it is its owner's alone now"
            ),
            _ => {}
        }
    }
    Ok(())
}

/// Takes the file for this process, or says that another has it: one that is about to end is waited for.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when a lock is free, and there is a deadline"
)]
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |problem: io::Error| OpenError::Failed {
        database: path.display().to_string(),
        problem: problem.to_string(),
    };
    let lock = private().create(true).open(beside(path, ".lock"));
    let lock = lock.map_err(failed)?;
    let began = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_WAIT => {
                std::thread::sleep(LOCK_LOOK);
            }
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// There was a database: the lock has been used, or a log is left. To begin anew in its place would
/// hide that it is gone, and SQLite would throw the log away.
pub(super) fn refuse_if_emptied(path: &Path, lock: &File) -> Result<(), OpenError> {
    let has_something = |path: &Path| fs::metadata(path).is_ok_and(|file| file.len() > 0);
    let was_used = lock.metadata().is_ok_and(|lock| lock.len() > 0);
    let log = beside(path, "-wal");
    if has_something(path) || !(was_used || has_something(&log)) {
        return Ok(());
    }
    Err(OpenError::Emptied {
        path: path.to_owned(),
        lock: beside(path, ".lock"),
        log,
    })
}

/// From now on the file has a database.
pub(super) fn mark_used(lock: &mut File) -> io::Result<()> {
    if lock.metadata()?.len() == 0 {
        lock.write_all(b"used\n")?;
        lock.sync_all()?;
    }
    Ok(())
}
