//! A command of danpay's as a child process, which can be killed.
//! Invariant: no child outlives the torture, and what each says is kept in a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::{Child, Command};

/// How a process is started, again and again.
pub(crate) struct Launch {
    danpay: PathBuf,
    words: Vec<String>,
    settings: Vec<(&'static str, String)>,
    /// Where it runs and its log lies.
    folder: PathBuf,
    log: PathBuf,
}

impl Launch {
    /// `danpay` with these words; its log is called by `name`.
    pub(crate) fn new(danpay: &Path, words: &[&str], (folder, name): (&Path, &str)) -> Self {
        Self {
            danpay: danpay.to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            settings: Vec::new(),
            folder: folder.to_owned(),
            log: folder.join(format!("{name}.log")),
        }
    }

    pub(crate) fn settings(self, settings: Vec<(&'static str, String)>) -> Self {
        Self { settings, ..self }
    }

    /// What all processes of this launch wrote to standard error, one after the other.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn start(&self) -> Result<Child> {
        let log = File::options().create(true).append(true).open(&self.log);
        let mut command = self.command();
        command.stdout(Stdio::null()).stderr(log?);
        command
            .spawn()
            .with_context(|| format!("cannot start {}", self.danpay.display()))
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
        let mut command = Command::new(&self.danpay);
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
