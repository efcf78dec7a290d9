//! `danpay dev`: what a shop's tests start, in any language.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kakaopay_sandbox::Sandbox;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::listen;
use crate::served::{PATIENCE, Served, client};

/// It ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `danpay dev` on free ports, and what its ready file says.
pub(crate) struct Dev {
    process: Running,
    ready: Value,
    http: Client,
    folder: TempDir,
}

impl Dev {
    pub(crate) async fn start(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dev.json");
        std::fs::write(folder.path().join("danpay.toml"), "nothing = \"of that\"").unwrap();
        let process = command(&file)
            .args(words)
            // What a server would listen to is none of its business.
            .env("DANPAY_LISTEN", "nowhere")
            .env("DANPAY_KAKAOPAY_CID", "C123456789")
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        let process = Running(process);
        let ready = until(|| read(&file)).await;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Self {
            process,
            ready,
            http: client().build().unwrap(),
            folder,
        }
    }

    /// SIGTERM; what told of it is gone with it.
    async fn stop(mut self) {
        let pid = self.process.0.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let process = &mut self.process.0;
        let deadline = Instant::now() + PATIENCE;
        let ended = loop {
            if let Some(ended) = process.try_wait().unwrap() {
                break ended;
            }
            assert!(Instant::now() < deadline, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(ended.success());
        assert!(!self.folder.path().join("dev.json").exists());
    }

    pub(crate) fn word(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    pub(crate) async fn api(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.word("api_url"));
        self.ask(match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        })
        .await
    }

    async fn ask(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(self.word("api_key")).send().await;
        answer.unwrap().json().await.unwrap()
    }

    /// Money goes back.
    pub(crate) async fn cancel(&self, payment: &Value, key: &str, body: Value) -> Value {
        self.ask(self.cancellation(payment, key, &body)).await
    }

    fn cancellation(&self, payment: &Value, key: &str, body: &Value) -> RequestBuilder {
        let id = payment["id"].as_str().unwrap();
        let url = format!("{}/v1/payments/{id}/cancel", self.word("api_url"));
        let request = self.http.post(url).header("idempotency-key", key);
        request.json(body)
    }

    async fn sandbox(&self, path: &str, body: Value) {
        let url = format!("{}/_sandbox/{path}", self.word("sandbox_url"));
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    }

    pub(crate) async fn order(&self, order_id: &str) -> Value {
        let order = json!({ "order_id": order_id, "user_id": "u", "item_name": "초코파이",
                            "amount": { "total": 2200 } });
        self.api("/v1/payments", Some(order)).await
    }

    /// All of it goes back.
    pub(crate) async fn refund(&self, payment: &Value) -> Value {
        let id = payment["id"].as_str().unwrap();
        let request = self.cancellation(payment, id, &json!({}));
        let request = request.bearer_auth(self.word("api_key"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    /// The payer pays.
    pub(crate) async fn buy(&self, payment: &Value) {
        self.pay(payment, "pays_by_card").await;
        self.until(payment, "approved").await;
    }

    /// The payer does what the script says.
    pub(crate) async fn pay(&self, payment: &Value, script: &str) {
        let payer = json!({ "tid": payment["tid"], "script": script, "follow": true });
        self.sandbox("payer", payer).await;
    }

    /// The payment, once it stands so.
    pub(crate) async fn until(&self, payment: &Value, status: &str) -> Value {
        let path = format!("/v1/payments/{}", payment["id"].as_str().unwrap());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let payment = self.api(&path, None).await;
            if payment["status"] == status {
                return payment;
            }
            assert!(Instant::now() < deadline, "never {status}: {payment}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn command(ready_file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danpay"));
    command
        .args(["dev", "--port=0", "--ready-file"])
        .arg(ready_file)
        .stdout(Stdio::null());
    command
}

/// What the ready file says, once it is there: then all of it is.
fn read(file: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

async fn until<T>(look: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "it does not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_shops_test_buys_and_lets_a_payment_expire_by_what_the_ready_file_says() {
    let dev = Dev::start(&[]).await;
    let bought = dev.order("order-1").await;
    let left = dev.order("order-2").await;
    dev.buy(&bought).await;

    // One clock for both: fifteen minutes pass at once.
    dev.sandbox("clock", json!({ "advance_s": 1_000 })).await;
    dev.until(&left, "expired").await;
    dev.until(&bought, "approved").await;
}

#[tokio::test]
async fn it_forwards_what_happens_signed_with_the_secret_of_the_ready_file() {
    let (url, mut hook) = listen::hook().await;
    let dev = Dev::start(&["--forward-to", &url]).await;
    let secret = dev.word("webhook_secret");
    assert!(secret.starts_with("whsec_"));
    listen::signed_with(secret);
    let payment = dev.order("order-1").await;
    let (_, body) = listen::received(&mut hook).await;
    assert_eq!(body["type"], "payment.ready");
    assert_eq!(body["data"]["id"], payment["id"]);
}

/// Each event of which a shop may be told has a way to it.
#[tokio::test]
async fn a_test_payment_goes_to_each_event() {
    let dev = Dev::start(&[]).await;
    let events: Vec<_> = danpay_server::event_types().collect();
    // The last ones move the clock, by which other payments expire.
    for event in &events {
        let triggered = Command::new(env!("CARGO_BIN_EXE_danpay"))
            .args(["trigger", event, "--sandbox", dev.word("sandbox_url")])
            .args(["--url", dev.word("api_url")])
            .env("DANPAY_API_KEY", dev.word("api_key"))
            .output()
            .unwrap();
        let said = String::from_utf8(triggered.stdout).unwrap();
        let trouble = String::from_utf8(triggered.stderr).unwrap();
        assert!(
            said.starts_with(&format!("{event} evt_")),
            "{event}: {said}{trouble}"
        );
    }
}

#[tokio::test]
async fn its_data_goes_with_it_unless_a_file_is_named() {
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("kept.db");
    let words = ["--database", file.to_str().unwrap()];
    let dev = Dev::start(&words).await;
    dev.order("order-1").await;
    let folder: Vec<PathBuf> = files(dev.folder.path());
    assert_eq!(folder.len(), 2, "{folder:?}");
    dev.stop().await;

    let dev = Dev::start(&words).await;
    let list = dev.api("/v1/payments", None).await;
    assert_eq!(list["data"][0]["order_id"], "order-1", "{list}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn it_ends_with_whoever_has_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dev.json");
    let danpay = env!("CARGO_BIN_EXE_danpay");
    let words = format!(
        "{danpay} dev --port=0 --exit-with-parent --ready-file {} >{} & read wait",
        file.display(),
        folder.path().join("said").display()
    );
    let mut parent = Command::new("sh")
        .args(["-c", &words])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = until(|| read(&file)).await;
    let http = client().build().unwrap();
    let lives = format!("{}/livez", ready["api_url"].as_str().unwrap());
    assert!(http.get(&lives).send().await.is_ok());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while http.get(&lives).send().await.is_ok() {
        assert!(Instant::now() < deadline, "it does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_database_by_which_real_money_has_moved_is_refused() {
    const LIVE: &str = "C123456789";
    let sandbox = Sandbox::builder().cid(LIVE).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_KAKAOPAY_CID", LIVE);
    danpay.start().await;
    danpay.create("order-1").await;
    danpay.terminate().await;

    let file = danpay.folder().join("danpay.db");
    let refused = command(&danpay.folder().join("dev.json"))
        .arg("--database")
        .arg(&file)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("real money") && said.contains("--database"),
        "{said}"
    );
    assert!(!danpay.folder().join("dev.json").exists());
}

#[tokio::test]
async fn serve_says_in_a_file_where_it_is_and_nothing_else() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    let file = danpay.folder().join("ready.json");
    danpay.say("--ready-file");
    danpay.say(file.to_str().unwrap());
    danpay.start().await;
    let ready = read(&file).unwrap();
    assert_eq!(ready, json!({ "api_url": danpay.url }));
}
