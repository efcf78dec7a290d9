//! A copy of the database while it is written, and a database that is put back.
//!
//! **Invariant**: a copy under its final name is whole, and whatever stood in its place is kept.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{MIGRATIONS, files, queries};
use crate::private_file::{create_private_anew, make_private};
use crate::store::OpenError;

/// Why a database could not be copied or put back; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Only a SQLite file is copied by us.
    #[error("{0} is for a SQLite database; PostgreSQL has pg_basebackup and pg_dump")]
    NotSqlite(&'static str),
    /// Something is there already.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// It is no copy of the database, or a damaged one.
    #[error("{path} is no backup that can be used: {problem}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Nothing of the log is moved into the database while a copy is made, so that it grows.
    #[error(
        "the database is written faster than it is copied: its log (-wal) has reached {0} MiB, and \
         nothing is left of the copy. Try again in a quieter hour or onto a faster disk, or allow more \
         (--log-max)"
    )]
    LogTooLong(u64),
    /// The database is in use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite cannot do it.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file system cannot do it.
    #[error("{path}: {problem}")]
    Io {
        /// With which file.
        path: PathBuf,
        /// Why.
        problem: io::Error,
    },
}

impl BackupError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |problem| Self::Io { path, problem }
    }
}

/// A database that `danpay restore` has put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The newest change that it knows, UTC; none if it is empty.
    pub newest: Option<Timestamp>,
    /// Where the database is that stood in its place.
    pub replaced: Option<PathBuf>,
}

/// So many pages are copied between two looks at the log: some milliseconds.
const PAGES: std::ffi::c_int = if cfg!(test) { 1 } else { 2_000 };

/// Writes a copy as of now into `to`, which must not exist. The server may be writing: it goes on,
/// and the copy holds what was durable when it began. Its log is not moved into the file until then, and
/// may have so many bytes.
pub(crate) fn backup(database: &Path, to: &Path, log_max: u64) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let part = files::beside(to, ".part");
    let file = create_private_anew(&part).map_err(BackupError::at(&part))?;
    let copied = copy(database, &part, log_max).and_then(|()| put(&file, &part, to));
    if copied.is_err() {
        // Half a copy is of no use to anybody.
        let _ = fs::remove_file(&part);
    }
    copied
}

/// Page by page, all as of one moment.
fn copy(database: &Path, part: &Path, log_max: u64) -> Result<(), BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(database, flags)?;
    let mut into = Connection::open(part)?;
    // It counts only once it is whole and on the disk.
    into.execute_batch("pragma journal_mode = off; pragma synchronous = off")?;
    // What others write from here on is not seen.
    from.execute_batch("begin; select count(*) from sqlite_schema")?;
    let log = files::beside(database, "-wal");
    let pages = Backup::new(&from, &mut into)?;
    while pages.step(PAGES)? != StepResult::Done {
        // Without a log nothing is written.
        let bytes = fs::metadata(&log).map_or(0, |log| log.len());
        if bytes > log_max {
            return Err(BackupError::LogTooLong(bytes >> 20));
        }
    }
    drop(pages);
    // It needs no log beside it to be read.
    into.execute_batch("pragma journal_mode = delete")?;
    into.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Puts the copy `from` in the place of the database, which is kept beside it. It is marked: nothing is
/// approved or canceled until it is known what it lacks.
pub(crate) fn restore(
    from: &Path,
    database: &Path,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    let newest = check(from)?;
    let _lock = files::lock(database)?;
    let part = files::beside(database, ".part");
    let mut file = create_private_anew(&part).map_err(BackupError::at(&part))?;
    let mut copy = File::open(from).map_err(BackupError::at(from))?;
    io::copy(&mut copy, &mut file).map_err(BackupError::at(&part))?;
    let marked = Connection::open(&part)?;
    marked.execute(queries::MARK_RESTORED, [now.as_millisecond()])?;
    marked.close().map_err(|(_, error)| error)?;
    let replaced = set_aside(database, now)?;
    put(&file, &part, database)?;
    Ok(Restored { newest, replaced })
}

/// Whether it is a copy of the database that is whole, and the newest change in it.
fn check(path: &Path) -> Result<Option<Timestamp>, BackupError> {
    let unusable = |problem: String| BackupError::Unusable {
        path: path.to_owned(),
        problem,
    };
    let read = || -> rusqlite::Result<(String, u32, Option<i64>)> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        let one = |row: &rusqlite::Row<'_>| row.get(0);
        Ok((
            connection.query_row("pragma integrity_check(1)", [], one)?,
            connection.query_row("pragma user_version", [], |row| row.get(0))?,
            connection.query_row("select max(updated_at) from payments", [], |row| row.get(0))?,
        ))
    };
    let (integrity, version, newest) = read().map_err(|error| unusable(error.to_string()))?;
    if integrity != "ok" {
        return Err(unusable(integrity));
    }
    if version as usize > MIGRATIONS.len() {
        return Err(OpenError::Newer(path.display().to_string()).into());
    }
    Ok(newest.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
}

/// Moves the database away, with what SQLite keeps beside it.
fn set_aside(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let aside = files::beside(database, &format!(".replaced-{}", now.as_second()));
    if aside.exists() {
        return Err(BackupError::Exists(aside));
    }
    let mut is_there = false;
    // A log that is left of a database that is gone would be taken for the copy's own.
    for suffix in ["-wal", "-shm", ""] {
        let stands = files::beside(database, suffix);
        if stands.exists() {
            let keep = make_private(&stands)
                .and_then(|_| fs::rename(&stands, files::beside(&aside, suffix)));
            keep.map_err(BackupError::at(&stands))?;
            is_there = true;
        }
    }
    Ok(Some(aside).filter(|_| is_there))
}

/// Under its final name only when all of it is on the disk.
fn put(file: &File, part: &Path, to: &Path) -> Result<(), BackupError> {
    let put = || {
        file.sync_all()?;
        fs::rename(part, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    };
    put().map_err(BackupError::at(to))
}
