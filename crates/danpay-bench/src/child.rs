//! A program of ours that runs as a child, from its start until it serves and to its end.
//! Invariant: no child outlives the bench.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::process::{Child, Command};

use crate::connection::Connection;

/// How often a child is asked whether it serves: the error of a start's time.
const LOOK: Duration = Duration::from_micros(200);
const START_MAX: Duration = Duration::from_secs(10);
/// What a load of its own needs of the sandbox: no payment leaves before the books are compared,
/// and no word about each call on standard error.
pub(crate) const SANDBOX: [&str; 5] = ["sandbox", "--log", "warn", "--payments-max", "1000000"];

pub(crate) struct Running {
    child: Child,
    /// Where it listens: `http://127.0.0.1:…`.
    pub(crate) url: String,
    /// From the start of the process until it served.
    pub(crate) started_in: Duration,
}

/// What a payment server stands on.
pub(crate) struct Settings<'a> {
    /// Where it runs and writes its log.
    pub(crate) folder: &'a Path,
    pub(crate) database_url: &'a str,
    pub(crate) kakaopay_url: &'a str,
}

impl Running {
    /// Starts `danpay sandbox` with these words, and with a free port and a ready file.
    pub(crate) async fn sandbox(danpay: &Path, words: &[&str]) -> Result<Self> {
        let ready = ready_file();
        let mut command = Command::new(danpay);
        command
            .args(words)
            .args(["--port", "0", "--ready-file"])
            .arg(&ready)
            .stdout(Stdio::null());
        let begun = Instant::now();
        let child = spawn(command)?;
        let url = loop {
            if let Ok(url) = fs::read_to_string(&ready) {
                break url.trim().to_owned();
            }
            wait(begun).await?;
        };
        let started_in = begun.elapsed();
        fs::remove_file(&ready).context("the ready file cannot be removed")?;
        Ok(Self {
            child,
            url,
            started_in,
        })
    }

    /// Starts `danpay serve` as it is by default, but for the limit on its key, with its log in a
    /// file, and waits until `/readyz` says so. Tells the API key as well, if it has made one.
    pub(crate) async fn serve(danpay: &Path, on: &Settings<'_>) -> Result<(Self, Option<String>)> {
        let listen = free_address()?;
        let url = format!("http://{listen}");
        let log = on.folder.join("danpay.log");
        let mut command = Command::new(danpay);
        command
            .arg("serve")
            .current_dir(on.folder)
            .env_clear()
            .env("DANPAY_LISTEN", &listen)
            .env("DANPAY_DATABASE_URL", on.database_url)
            .env("DANPAY_KAKAOPAY_SECRET_KEY", "DEV")
            .env("DANPAY_KAKAOPAY_BASE_URL", on.kakaopay_url)
            // One key asks for what many shops ask for together.
            .env("DANPAY_RATE_PER_KEY", "0")
            .stdout(Stdio::null())
            .stderr(File::create(&log).context("the log cannot be written")?);
        let begun = Instant::now();
        let child = spawn(command)?;
        while !is_ready(&url).await {
            wait(begun).await.with_context(|| {
                let log = fs::read_to_string(&log).unwrap_or_default();
                format!("danpay serve said: {log}")
            })?;
        }
        let started_in = begun.elapsed();
        let key = api_key(on.folder)?;
        let running = Self {
            child,
            url,
            started_in,
        };
        Ok((running, key))
    }

    /// A sandbox does this wrong from now on.
    pub(crate) async fn goes_wrong(&self, fault: &serde_json::Value) -> Result<()> {
        let mut tester = Connection::open(&self.url, "").await?;
        let request = tester
            .request(http::Method::POST, "/_sandbox/faults")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(fault.to_string().into())?;
        let answered = tester.send(request).await?;
        let said = String::from_utf8_lossy(&answered.body);
        ensure!(answered.status.is_success(), "a fault was refused: {said}");
        Ok(())
    }

    /// Nothing of that any more.
    pub(crate) async fn goes_right(&self) -> Result<()> {
        let mut tester = Connection::open(&self.url, "").await?;
        let request = tester.request(http::Method::DELETE, "/_sandbox/faults");
        let answered = tester
            .send(request.body(http_body_util::Full::default())?)
            .await?;
        answered.expect(http::StatusCode::NO_CONTENT, "the end of all faults")?;
        Ok(())
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().ok_or_else(|| anyhow!("it has ended"))
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("it could not be ended")
    }
}

fn spawn(mut command: Command) -> Result<Child> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let program = command.as_std().get_program().display().to_string();
    (command.spawn()).with_context(|| format!("cannot start {program}"))
}

async fn wait(begun: Instant) -> Result<()> {
    ensure!(
        begun.elapsed() < START_MAX,
        "it was not ready within {START_MAX:?}"
    );
    tokio::time::sleep(LOOK).await;
    Ok(())
}

async fn is_ready(url: &str) -> bool {
    match Connection::open(url, "").await {
        Ok(mut connection) => connection.get("/readyz").await.is_ok(),
        Err(_) => false,
    }
}

/// It is printed before anything is served, and only by a server that has made it.
fn api_key(folder: &Path) -> Result<Option<String>> {
    let file = folder.join("danpay.api-key");
    if !file.exists() {
        return Ok(None);
    }
    let key = fs::read_to_string(&file).context("the API key cannot be read")?;
    fs::remove_file(&file).context("the file of the API key cannot be removed")?;
    Ok(Some(key.trim().to_owned()))
}

/// Nothing listens there now; the system gives such ports in turn, so nothing soon will.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.to_string())
}

/// One run after another takes the same file; two benches at once do not.
fn ready_file() -> PathBuf {
    std::env::temp_dir().join(format!("danpay-bench-{}.url", std::process::id()))
}
