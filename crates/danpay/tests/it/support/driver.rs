//! One `chromedriver` with one Chromium, for one payer.
//!
//! **Invariant**: both end with it, also when a test fails.

use std::process::Stdio;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{Device, api, eventually};

pub(crate) struct Driver {
    pub(crate) client: Client,
    http: reqwest::Client,
    session_url: String,
    _process: Child,
    /// Kept open: a driver that cannot write would end.
    _said: Said,
    _profile: TempDir,
}

impl Driver {
    pub(crate) async fn start(device: Device) -> Self {
        let (process, said, port) = listening().await;
        let url = format!("http://127.0.0.1:{port}");
        let profile = tempfile::tempdir().unwrap();
        let Value::Object(capabilities) = capabilities(device, &profile) else {
            unreachable!("capabilities are an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let client = builder.connect(&url).await.unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        Self {
            client,
            http: api::http(),
            session_url: format!("{url}/session/{session}"),
            _process: process,
            _said: said,
            _profile: profile,
        }
    }

    /// What Chromium has logged since it was last asked: `browser` is the console of all pages,
    /// `performance` the events of the network.
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        match self.post("se/log", json!({ "type": kind })).await {
            Value::Array(entries) => entries,
            other => panic!("not a log: {other}"),
        }
    }

    /// A command of Chromium's own protocol, for the page in front.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": parameters }),
        )
        .await
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/{command}", self.session_url));
        api::read(request.json(&body)).await["value"].take()
    }
}

type Said = Lines<BufReader<ChildStdout>>;

/// It chooses a port that is free in IPv6 and ends if somebody has the same one in IPv4: then
/// the next one chooses again.
async fn listening() -> (Child, Said, u16) {
    let driver = eventually(async || {
        let (process, mut said) = spawn();
        let port = port(&mut said).await?;
        Some((process, said, port))
    });
    driver.await.expect("chromedriver finds a port")
}

fn spawn() -> (Child, Said) {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts; `cargo xtask test` installs it");
    let said = BufReader::new(process.stdout.take().unwrap()).lines();
    (process, said)
}

/// The port that the driver has chosen; none if it ends without listening.
async fn port(said: &mut Said) -> Option<u16> {
    while let Some(line) = said.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Some(port.trim_end_matches('.').parse().unwrap());
        }
    }
    None
}

fn capabilities(device: Device, profile: &TempDir) -> Value {
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars",
            // Chromium ends when its driver closes the pipe, however the driver ends.
            "--remote-debugging-pipe",
            format!("--window-size={},900", Device::Desktop.width()),
            format!("--user-data-dir={}", profile.path().display()),
        ],
    });
    if device == Device::PlainDesktop {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    if let Some(emulation) = device.emulation() {
        options["mobileEmulation"] = emulation;
    }
    json!({
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    })
}
