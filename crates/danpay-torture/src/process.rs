//! A command of danpay's as a child process, which can be killed.
//! Invariant: no child outlives the torture, and what each says is kept in a file, unless its log is
//! meant to be lost.

use std::fs::File;
use std::io::{self, PipeReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
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

/// How a process is started, again and again.
pub(crate) struct Launch {
    danpay: PathBuf,
    words: Vec<String>,
    settings: Vec<(&'static str, String)>,
    /// Where it runs and its logs lie.
    folder: PathBuf,
    /// What they are called by.
    name: String,
}

/// How the name of a log ends.
pub(crate) const LOG: &str = ".log";

impl Launch {
    /// `danpay` with these words; its log is called by `name`.
    pub(crate) fn new(danpay: &Path, words: &[&str], (folder, name): (&Path, &str)) -> Self {
        Self {
            danpay: danpay.to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            settings: Vec::new(),
            folder: folder.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(crate) fn settings(self, settings: Vec<(&'static str, String)>) -> Self {
        Self { settings, ..self }
    }

    /// What those processes of this launch whose log was kept wrote, one after the other.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}{LOG}", self.name))
    }

    pub(crate) fn start(&self, Conditions { log, files }: Conditions) -> Result<Child> {
        let mut command = match files {
            None => self.command(),
            Some(files) => {
                let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("sh");
                shell.args(["-c", &limited]).arg(&self.danpay);
                self.with_all(shell)
            }
        };
        command.stdout(Stdio::null());
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
        let process = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.danpay.display()))?;
        if let Some((after, reader)) = late {
            // A file of its own, so that no line of another process comes in between.
            let pid = process.id().unwrap_or_default();
            let kept = self.folder.join(format!("{}-{pid}{LOG}", self.name));
            tokio::spawn(read_late(after, reader, append_to(&kept)?));
        }
        Ok(process)
    }

    /// Runs it to its end; what it printed.
    pub(crate) async fn output(&self) -> Result<String> {
        let done = self.command().output().await;
        let done = done.with_context(|| format!("cannot start {}", self.danpay.display()))?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(
            done.status.success(),
            "danpay {:?} failed: {said}",
            self.words
        );
        Ok(String::from_utf8(done.stdout)?)
    }

    fn command(&self) -> Command {
        self.with_all(Command::new(&self.danpay))
    }

    /// A program that is danpay, or becomes it, with the words and settings of this launch.
    fn with_all(&self, mut command: Command) -> Command {
        command
            .args(&self.words)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        // The settings of whoever runs the torture must not matter.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DANPAY_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
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
