//! danpay's commands as child processes.
//! Invariant: no child outlives whoever started it, and none sees the settings of whoever runs it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// How often a child is asked whether it serves: the error of a start's time.
const LOOK: Duration = Duration::from_micros(200);
/// Far above what it takes, on a machine that has other things to do. A child that ends is seen at once.
const STARTS_WITHIN: Duration = Duration::from_mins(5);

/// How a command of danpay's is started, again and again.
#[derive(Clone, Debug)]
pub struct Launch {
    danpay: PathBuf,
    words: Vec<String>,
    settings: Vec<(&'static str, String)>,
    folder: Option<PathBuf>,
    log: Option<PathBuf>,
}

impl Launch {
    /// `danpay` with these words.
    pub fn new(danpay: &Path, words: &[&str]) -> Self {
        Self {
            danpay: danpay.to_owned(),
            words: words.iter().map(ToString::to_string).collect(),
            settings: Vec::new(),
            folder: None,
            log: None,
        }
    }

    /// Where it runs.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Where it writes its log, after what is there. Otherwise it shares our standard error.
    #[must_use]
    pub fn log_to(mut self, file: &Path) -> Self {
        self.log = Some(file.to_owned());
        self
    }

    /// Further settings, as variables of its environment. It has no others.
    #[must_use]
    pub fn settings(mut self, settings: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// The program.
    pub fn danpay(&self) -> &Path {
        &self.danpay
    }

    /// The command: danpay itself.
    pub fn command(&self) -> Command {
        self.with_all(Command::new(&self.danpay))
    }

    /// A program that is danpay, or becomes it, with the words and settings of this launch.
    pub fn with_all(&self, mut command: Command) -> Command {
        command
            .args(&self.words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Starts it.
    pub fn spawn(&self) -> Result<Child> {
        let mut command = self.command();
        if let Some(log) = &self.log {
            let log = File::options().create(true).append(true).open(log);
            command.stderr(log.context("the log cannot be written")?);
        }
        (command.spawn()).with_context(|| format!("cannot start {}", self.danpay.display()))
    }

    /// Runs it to its end; what it printed.
    pub async fn output(&self) -> Result<String> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let done = command.output().await;
        let done = done.with_context(|| format!("cannot start {}", self.danpay.display()))?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(
            done.status.success(),
            "danpay {:?} failed: {said}",
            self.words
        );
        Ok(String::from_utf8(done.stdout)?)
    }

    /// Starts a sandbox on a free port, and waits until it serves.
    pub async fn sandbox(mut self) -> Result<Process> {
        let folder = tempfile::tempdir()?;
        let ready = folder.path().join("url");
        let words = ["--port", "0", "--ready-file"].map(str::to_owned);
        self.words.extend(words);
        self.words.push(ready.display().to_string());
        self.started(async || fs::read_to_string(&ready).ok()).await
    }

    /// Starts a server on a free port, and waits until it takes payments.
    pub async fn server(self) -> Result<Process> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let url = format!("http://{listen}");
        let launch = self.settings([("DANPAY_LISTEN", listen.clone())]);
        let ready = async || is_ready(&listen).await.then(|| url.clone());
        launch.started(ready).await
    }

    async fn started(&self, ready: impl AsyncFn() -> Option<String>) -> Result<Process> {
        let begun = Instant::now();
        let mut child = self.spawn()?;
        let url = loop {
            if let Some(url) = ready().await {
                break url.trim().to_owned();
            }
            if let Some(status) = child.try_wait()? {
                bail!("it ended by itself ({status}){}", self.said());
            }
            ensure!(
                begun.elapsed() < STARTS_WITHIN,
                "it does not start{}",
                self.said()
            );
            sleep(LOOK).await;
        };
        Ok(Process {
            child,
            url,
            started_in: begun.elapsed(),
        })
    }

    fn said(&self) -> String {
        let log = self.log.as_ref().map(fs::read_to_string);
        log.map_or_else(String::new, |log| format!(": {}", log.unwrap_or_default()))
    }
}

/// A command that serves.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens: `http://127.0.0.1:…`.
    pub url: String,
    /// From the start of the process until it served.
    pub started_in: Duration,
}

impl Process {
    /// Its id.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Ends it, without a word.
    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("it could not be ended")
    }
}

/// The API key that a server has made at its first start. It is there before anything is served, and is
/// taken away: nothing, if this was not the first.
pub fn take_api_key(folder: &Path) -> Result<Option<String>> {
    let file = folder.join("danpay.api-key");
    if !file.exists() {
        return Ok(None);
    }
    let key = fs::read_to_string(&file).context("the API key cannot be read")?;
    fs::remove_file(&file).context("the file of the API key cannot be removed")?;
    Ok(Some(key.trim().to_owned()))
}

/// Nothing listens there now; the system gives such ports in turn, so nothing soon will.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

/// Whether somebody at this address says that it takes payments.
async fn is_ready(address: &str) -> bool {
    const QUESTION: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: danpay\r\nconnection: close\r\n\r\n";
    const YES: &[u8] = b"HTTP/1.1 200";
    let answered = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(QUESTION).await?;
        let mut answer = [0; YES.len()];
        connection.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == YES)
    };
    answered.await.unwrap_or(false)
}
