//! A program of ours that runs as a child, from its start until it listens and to its end.
//! Invariant: no child outlives the bench.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::process::{Child, Command};

/// How often the ready file is looked for: the error of a start's time.
const LOOK: Duration = Duration::from_micros(200);
const START_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Running {
    child: Child,
    /// Where it listens: `http://127.0.0.1:…`.
    pub(crate) url: String,
    /// From the start of the process until its ready file was there.
    pub(crate) started_in: Duration,
}

impl Running {
    /// Starts `danpay` with these words, and with a free port and a ready file.
    pub(crate) async fn start(danpay: &Path, words: &[&str]) -> Result<Self> {
        let ready = ready_file();
        let begun = Instant::now();
        let child = Command::new(danpay)
            .args(words)
            .args(["--port", "0", "--ready-file"])
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", danpay.display()))?;
        let url = loop {
            if let Ok(url) = std::fs::read_to_string(&ready) {
                break url.trim().to_owned();
            }
            ensure!(
                begun.elapsed() < START_MAX,
                "{} was not ready within {START_MAX:?}",
                danpay.display()
            );
            tokio::time::sleep(LOOK).await;
        };
        let started_in = begun.elapsed();
        std::fs::remove_file(&ready).context("the ready file cannot be removed")?;
        Ok(Self {
            child,
            url,
            started_in,
        })
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().ok_or_else(|| anyhow!("it has ended"))
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("it could not be ended")
    }
}

/// One run after another takes the same file; two benches at once do not.
fn ready_file() -> PathBuf {
    std::env::temp_dir().join(format!("danpay-bench-{}.url", std::process::id()))
}
