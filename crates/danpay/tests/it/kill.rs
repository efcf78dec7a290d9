//! `kill -9` of `danpay serve` between the claim of an approval and its answer: whatever KakaoPay
//! holds as paid is paid in the books as well, once the server has come back and settled.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

const KILLS: u64 = 32;
/// Of the kills, so many at least must have met an approval between its claim and its answer.
const IN_DOUBT: usize = 20;
/// KakaoPay takes this long before or after it approves, so that a kill meets every moment.
const SLOW_MS: u32 = 150;
/// Doubt ends 30 s after the last call to approve, by the machine's clock.
const SETTLES: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_server_that_is_killed_loses_no_payment() {
    let sandbox = Sandbox::builder().seed(9).start().await.unwrap();
    let mut danpay = Danpay::new(&sandbox);
    danpay.start().await;
    let mut payments = Vec::new();
    for round in 0..KILLS {
        let payment = danpay.create(round).await;
        let tid = payment["tid"].as_str().unwrap().to_owned();
        let back = sandbox.play(&tid, "pays_by_money").unwrap();
        sandbox.inject(match round % 8 {
            0 => Fault::new(Endpoint::Approve, FaultKind::ResetBefore),
            1..4 => Fault::new(Endpoint::Approve, FaultKind::DelayBefore).delay_ms(SLOW_MS),
            _ => Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit).delay_ms(SLOW_MS),
        });
        let visit = tokio::spawn(danpay.http.get(&back).send());
        let id = payment["id"].as_str().unwrap().to_owned();
        danpay.until_claimed(&id).await;
        // Anywhere between the claim and the answer; the stride visits all of it.
        tokio::time::sleep(Duration::from_millis(round * 37 % u64::from(SLOW_MS))).await;
        danpay.kill();
        // The browser's connection breaks, or the answer was just in time.
        let _ = visit.await.unwrap();

        sandbox.clear_faults();
        danpay.start().await;
        if round % 3 == 0 {
            // This payer reloads the page, as people do.
            danpay.http.get(&back).send().await.unwrap();
        }
        payments.push((id, tid));
    }
    let mut in_doubt = 0;
    let deadline = Instant::now() + SETTLES;
    for (id, tid) in payments {
        let payment = danpay.settled(&id, deadline).await;
        let ledger = sandbox.payment(&tid).unwrap();
        assert_eq!(payment["status"], "approved", "{payment}");
        assert_eq!(ledger.approvals, 1, "{payment} {ledger:?}");
        assert_eq!(payment["aid"], json!(ledger.aid));
        assert_eq!(payment["amount"]["total"], ledger.total);
        in_doubt += usize::from(danpay.settled_by_recovery(&id).await);
    }
    assert!(
        in_doubt >= IN_DOUBT,
        "only {in_doubt} of {KILLS} kills left an approval in doubt"
    );
}

/// The real binary, on books that outlive it.
struct Danpay {
    url: String,
    api_key: String,
    http: Client,
    settings: Vec<(&'static str, String)>,
    process: Option<Child>,
    _folder: TempDir,
}

impl Danpay {
    fn new(sandbox: &Sandbox) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let settings = vec![
            ("DANPAY_LISTEN", format!("127.0.0.1:{port}")),
            (
                "DANPAY_DATABASE_URL",
                format!("sqlite:{}", folder.path().join("books.db").display()),
            ),
            ("DANPAY_KAKAOPAY_SECRET_KEY", "DEVKILL".to_owned()),
            ("DANPAY_KAKAOPAY_BASE_URL", sandbox.url().to_owned()),
            ("DANPAY_LOG", "error".to_owned()),
        ];
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            // A connection to a killed server must not be tried again on the next one.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        Self {
            url,
            api_key: String::new(),
            http,
            settings,
            process: None,
            _folder: folder,
        }
    }

    /// Starts it and waits until it takes payments; the first start tells the API key.
    async fn start(&mut self) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_danpay"))
            .arg("serve")
            .envs(self.settings.clone())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        if self.api_key.is_empty() {
            let mut line = String::new();
            BufReader::new(process.stdout.take().unwrap())
                .read_line(&mut line)
                .unwrap();
            let key = line.trim().rsplit(' ').next().unwrap();
            key.clone_into(&mut self.api_key);
        }
        self.process = Some(process);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let ready = self.http.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|response| response.status().is_success()) {
                return;
            }
            assert!(Instant::now() < deadline, "the server does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// SIGKILL: nothing is flushed, closed or said goodbye to.
    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    async fn create(&self, round: u64) -> Value {
        let order = json!({
            "order_id": format!("order-{round}"), "user_id": "u", "item_name": "초코파이",
            "amount": { "total": 2200 },
        });
        let request = self
            .http
            .post(format!("{}/v1/payments", self.url))
            .json(&order);
        request
            .bearer_auth(&self.api_key)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn payment(&self, id: &str) -> Value {
        let request = self.http.get(format!("{}/v1/payments/{id}", self.url));
        request
            .bearer_auth(&self.api_key)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn settled_by_recovery(&self, id: &str) -> bool {
        let request = self
            .http
            .get(format!("{}/v1/payments/{id}/events", self.url));
        let events = request.bearer_auth(&self.api_key).send().await.unwrap();
        let events: Value = events.json().await.unwrap();
        let last = events["data"].as_array().unwrap().last().unwrap();
        last["type"] == "payment.approved" && last["by"] == "recovery"
    }

    async fn until_claimed(&self, id: &str) {
        while self.payment(id).await["status"] == "ready" {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn settled(&self, id: &str, deadline: Instant) -> Value {
        loop {
            let payment = self.payment(id).await;
            if payment["status"] != "approving" {
                return payment;
            }
            assert!(Instant::now() < deadline, "never settled: {payment}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Danpay {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
