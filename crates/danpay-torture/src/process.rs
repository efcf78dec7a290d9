//! A server of danpay's as a child process that has to live with a full disk or few descriptors.
//! Invariant: what each says is kept in a file, unless its log is meant to be lost.

use std::fs::File;
use std::io::{self, PipeReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use danpay_testkit::process::Launch;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// What a process has to live with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    pub(crate) log: Log,
    /// So many files may be open at once.
    pub(crate) files: Option<u64>,
}

/// Where standard error goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Log {
    /// Into a file that is kept.
    #[default]
    Kept,
    /// Onto a full disk.
    Full,
    /// Into a pipe whose reader has gone away.
    NobodyReads,
    /// Into a pipe that is read only after so long, and kept then.
    ReadLate(Duration),
}

/// How a process is started, again and again, whatever it has to live with.
pub(crate) struct Harsh {
    launch: Launch,
    /// Where its logs lie.
    folder: PathBuf,
    /// What they are called by.
    name: String,
}

/// How the name of a log ends.
pub(crate) const LOG: &str = ".log";

impl Harsh {
    /// Its log is called by `name`.
    pub(crate) fn new(launch: Launch, (folder, name): (&Path, &str)) -> Self {
        Self {
            launch,
            folder: folder.to_owned(),
            name: name.to_owned(),
        }
    }

    /// What those processes whose log was kept wrote, one after the other.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}{LOG}", self.name))
    }

    pub(crate) fn start(&self, Conditions { log, files }: Conditions) -> Result<Child> {
        let danpay = self.launch.danpay();
        let mut command = match files {
            None => self.launch.command(),
            Some(files) => {
                let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("sh");
                shell.args(["-c", &limited]).arg(danpay);
                self.launch.with_all(shell)
            }
        };
        let mut late = None;
        match log {
            Log::Kept => command.stderr(append_to(&self.log())?),
            Log::Full => command.stderr(File::options().write(true).open("/dev/full")?),
            Log::NobodyReads => command.stderr(io::pipe()?.1),
            Log::ReadLate(after) => {
                let (reader, writer) = io::pipe()?;
                late = Some((after, reader));
                command.stderr(writer)
            }
        };
        let process = command.spawn();
        let process = process.with_context(|| format!("cannot start {}", danpay.display()))?;
        if let Some((after, reader)) = late {
            // A file of its own, so that no line of another process comes in between.
            let pid = process.id().unwrap_or_default();
            let kept = self.folder.join(format!("{}-{pid}{LOG}", self.name));
            tokio::spawn(read_late(after, reader, append_to(&kept)?));
        }
        Ok(process)
    }
}

fn append_to(log: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(log)
}

/// Keeps what a process says, beginning late. It ends with the process.
async fn read_late(after: Duration, mut reader: PipeReader, mut kept: File) {
    sleep(after).await;
    // On a thread that nobody waits for.
    std::thread::spawn(move || io::copy(&mut reader, &mut kept));
}
