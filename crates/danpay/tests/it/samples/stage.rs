//! A sandbox, danpay and a sample shop, each a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::Sample;
use super::line::Line;
use super::page::Page;
use super::process::{Process, command, runs};
use crate::served::{Served, client};
use crate::support::eventually;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples");

/// Spring takes its time where four shops start at once.
const OPENING: Duration = Duration::from_mins(2);

pub(super) struct Stage {
    pub(super) shop_url: String,
    pub(super) sandbox_url: String,
    pub(super) webhook_secret: String,
    pub(super) http: Client,
    // They end in this order, and the folder is removed last.
    pub(super) line: Line,
    shop: Vec<Process>,
    without_a_key: Option<Process>,
    pub(super) danpay: Served,
    _sandbox: Process,
    log: PathBuf,
    _folder: TempDir,
}

impl Stage {
    pub(super) async fn of(sample: &Sample) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = installed(sample, folder.path());
        let (sandbox, sandbox_url) = sandbox(folder.path()).await;
        let mut danpay = Served::with_kakaopay_at(&sandbox_url);
        danpay.set("DANPAY_WEBHOOK_NETWORKS", "127.0.0.0/8");
        danpay.set("DANPAY_TEST_CLOCK_URL", &sandbox_url);
        danpay.start().await;

        let port = free_port();
        let shop_url = format!("http://127.0.0.1:{port}");
        let endpoint = json!({ "url": format!("{shop_url}/webhooks") });
        let (status, endpoint) = danpay.post("/v1/webhook_endpoints", &endpoint).await;
        assert_eq!(status, StatusCode::CREATED, "{endpoint}");
        let mut stage = Self {
            webhook_secret: endpoint["secret"].as_str().unwrap().to_owned(),
            shop_url,
            sandbox_url,
            http: client().build().unwrap(),
            line: Line::to(&danpay.url).await,
            shop: Vec::new(),
            without_a_key: None,
            danpay,
            _sandbox: sandbox,
            log: folder.path().join("shop.log"),
            _folder: folder,
        };
        for words in sample.run {
            let mut shop = stage.command(sample, words, &copy, port);
            stage.shop.push(Process::start(&mut shop, &stage.log));
        }
        // What runs last is a program that nothing else keeps alive.
        let mut shop = stage.command(sample, sample.run.last().unwrap(), &copy, free_port());
        shop.env_remove("DANPAY_API_KEY");
        stage.without_a_key = Some(Process::start(&mut shop, &stage.log_without_a_key()));
        stage.opens().await;
        stage
    }

    fn command(&self, sample: &Sample, words: &str, copy: &Path, port: u16) -> Command {
        let words = words.replace("{port}", &port.to_string());
        let mut command = command(&words, copy);
        command
            .envs(sample.settings.iter().copied())
            .env("PORT", port.to_string())
            .env("SHOP_URL", &self.shop_url)
            .env("DANPAY_URL", &self.line.url)
            .env("DANPAY_API_KEY", &self.danpay.api_key)
            .env("DANPAY_WEBHOOK_SECRET", &self.webhook_secret)
            .env("SHOP_DATABASE", copy.join("shop-of-the-test.db"))
            .env("JOB_SECONDS", "2");
        command
    }

    fn log_without_a_key(&self) -> PathBuf {
        self.log.with_file_name("without-a-key.log")
    }

    /// The shop that was started without its key has ended by now, and said why.
    pub(super) async fn needs_its_key(&mut self) {
        let mut shop = self.without_a_key.take().unwrap();
        let ended = eventually(async || shop.ended()).await;
        let ended = ended.expect("it does not start without its key");
        let said = std::fs::read_to_string(self.log_without_a_key()).unwrap();
        assert!(!ended.success(), "{said}");
        assert!(said.contains("DANPAY_API_KEY"), "{said}");
    }

    async fn opens(&mut self) {
        let deadline = Instant::now() + OPENING;
        while self.asks("/").await.is_err() {
            let ended = self.shop.iter_mut().find_map(Process::ended);
            assert_eq!(ended, None, "the shop has ended");
            assert!(Instant::now() < deadline, "the shop does not open");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The answer of the shop's to a GET, as it comes.
    pub(super) async fn asks(&self, path: &str) -> reqwest::Result<Page> {
        let answer = self.http.get(format!("{}{path}", self.shop_url)).send();
        Page::read(answer.await?).await
    }

    /// The shop's page of an order.
    pub(super) async fn order_page(&self, order: &str) -> Page {
        let page = self.asks(&format!("/orders/{order}")).await.unwrap();
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page
    }

    /// A form that is sent without a browser. Its values need no escaping.
    pub(super) async fn posts(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let fields: Vec<_> = form
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.http.post(format!("{}{path}", self.shop_url));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Page::read(request.body(fields.join("&")).send().await.unwrap())
            .await
            .unwrap()
    }

    /// What KakaoPay has of an order, the oldest first.
    pub(super) async fn ledger(&self, order: &str) -> Vec<Value> {
        let mut all = self.whole_ledger().await;
        all.retain(|payment| payment["order_id"] == order);
        all
    }

    pub(super) async fn whole_ledger(&self) -> Vec<Value> {
        let url = format!("{}/_sandbox/payments", self.sandbox_url);
        let answer = self.http.get(url).send().await.unwrap();
        list(&answer.json().await.unwrap(), "payments")
    }

    /// What danpay has of an order, the newest first.
    pub(super) async fn payments(&self, order: &str) -> Vec<Value> {
        let path = format!("/v1/payments?order_id={order}&limit=100");
        list(&self.danpay.get(&path).await, "data")
    }

    /// The payment of an order, the newest one.
    pub(super) async fn payment_id(&self, order: &str) -> String {
        let newest = &self.payments(order).await[0];
        newest["id"].as_str().unwrap().to_owned()
    }

    /// The customer presses the pay button and pays at KakaoPay; where KakaoPay sends the payer then.
    pub(super) async fn payer_comes_back(&self, order: &str) -> String {
        let pressed = self.posts(&format!("/orders/{order}/pay"), &[]).await;
        assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{}", pressed.text);
        let tid = &self.payments(order).await[0]["tid"];
        let pays = json!({ "tid": tid, "script": "pays_by_card" });
        let back = self.tells_the_sandbox("payer", &pays).await;
        back["redirect_to"].as_str().unwrap().to_owned()
    }

    /// The payer's browser goes there and no further.
    pub(super) async fn goes(&self, url: &str) {
        let answer = self.http.get(url).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.status());
    }

    /// The sandbox does as it is told.
    pub(super) async fn tells_the_sandbox(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox_url);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
        answer.json().await.unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            #[expect(clippy::print_stdout, reason = "it is shown with the failure")]
            {
                println!("the shop said:\n{said}");
            }
        }
    }
}

fn list(answer: &Value, name: &str) -> Vec<Value> {
    answer[name].as_array().unwrap().clone()
}

/// A copy of the sample, with all that it needs.
fn installed(sample: &Sample, folder: &Path) -> PathBuf {
    let copy = folder.join(sample.folder);
    let from = Path::new(SAMPLES).join(sample.folder);
    runs(Command::new("cp").arg("-r").arg(from).arg(&copy));
    for words in sample.install {
        runs(&mut command(words, &copy));
    }
    copy
}

async fn sandbox(folder: &Path) -> (Process, String) {
    let ready = folder.join("sandbox.url");
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_danpay"));
    sandbox
        .args(["sandbox", "--quiet", "--port=0", "--ready-file"])
        .arg(&ready);
    let process = Process::start(&mut sandbox, &folder.join("sandbox.log"));
    let url = eventually(async || std::fs::read_to_string(&ready).ok()).await;
    let url = url.expect("the sandbox starts");
    (process, url.trim().trim_end_matches('/').to_owned())
}

fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}
