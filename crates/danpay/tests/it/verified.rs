//! The official libraries of Standard Webhooks verify what danpay sends, and refuse what was changed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::dev::Dev;
use crate::served::PATIENCE;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn script(name: &str) -> PathBuf {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/receivers");
    Path::new(scripts).join(name)
}

/// A shop's receiver, in a language of its own. It ends with the test.
struct Receiver {
    url: String,
    secrets: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Receiver {
    async fn start(mut command: Command) -> Self {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut receiver = Self {
            url: String::new(),
            secrets: process.stdin.take().unwrap(),
            said,
            _process: process,
        };
        let port = receiver.next().await;
        receiver.url = format!("http://127.0.0.1:{port}/hooks");
        receiver
    }

    /// What it says next.
    async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }

    async fn knows(&mut self, secret: &str) {
        let line = format!("{secret}\n");
        self.secrets.write_all(line.as_bytes()).await.unwrap();
        assert_eq!(self.next().await, "ready");
    }

    /// What it answers to the headers of a message and to this body.
    async fn answer(&self, http: &Client, got: &Value, body: String) -> StatusCode {
        let mut request = http.post(&self.url).body(body);
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            request = request.header(name, got["headers"][name].as_str().unwrap());
        }
        request.send().await.unwrap().status()
    }
}

/// A shop buys, and its receiver takes what it is told of that.
async fn verifies(receiver: Command) {
    let mut receiver = Receiver::start(receiver).await;
    let dev = Dev::start(&[]).await;
    let endpoint = json!({ "url": receiver.url });
    let made = dev.api("/v1/webhook_endpoints", Some(endpoint)).await;
    receiver.knows(made["secret"].as_str().unwrap()).await;
    let payment = dev.order("order-1").await;
    dev.buy(&payment).await;
    let mut last = Value::Null;
    for expected in ["payment.ready", "payment.approved"] {
        last = receiver.next().await;
        let body: Value = serde_json::from_str(last["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["type"], expected);
        assert_eq!(body["data"]["id"], payment["id"]);
        assert_eq!(body["data"]["item_name"], "초코파이");
    }

    let body = last["body"].as_str().unwrap();
    let http = crate::served::client().build().unwrap();
    let whole = receiver.answer(&http, &last, body.to_owned()).await;
    assert_eq!(whole, StatusCode::OK);
    assert_eq!(receiver.next().await["body"], body);
    let changed = body.replace("\"total\":2200", "\"total\":2201");
    assert_ne!(changed, body);
    let changed = receiver.answer(&http, &last, changed).await;
    assert_eq!(changed, StatusCode::BAD_REQUEST);
    // Nor does it take what another secret has signed.
    receiver
        .knows("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .await;
    let other = receiver.answer(&http, &last, body.to_owned()).await;
    assert_eq!(other, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_library_for_javascript_verifies_what_danpay_sends() {
    // It is resolved from where the script is.
    let npm = Path::new(ROOT).join("target/npm");
    let folder = tempfile::tempdir_in(&npm).unwrap();
    let copy = folder.path().join("receiver.mjs");
    std::fs::copy(script("receiver.mjs"), &copy).unwrap();
    let mut node = Command::new("node");
    node.arg(copy);
    verifies(node).await;
}

#[tokio::test]
async fn the_library_for_python_verifies_what_danpay_sends() {
    let mut python = Command::new("python3");
    python
        .arg(script("receiver.py"))
        .env("PYTHONPATH", Path::new(ROOT).join("target/pypi"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    verifies(python).await;
}
