//! `danpay serve` as a process of its own, with books that outlive it.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use kakaopay_sandbox::Sandbox;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) http: Client,
    settings: Vec<(&'static str, String)>,
    process: Option<Child>,
    folder: TempDir,
}

impl Served {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let books = folder.path().join("books.db");
        let settings = vec![
            ("DANPAY_LISTEN", format!("127.0.0.1:{port}")),
            ("DANPAY_DATABASE_URL", format!("sqlite:{}", books.display())),
            ("DANPAY_KAKAOPAY_SECRET_KEY", "DEVKILL".to_owned()),
            ("DANPAY_KAKAOPAY_BASE_URL", sandbox.url().to_owned()),
            ("DANPAY_LOG_FORMAT", "json".to_owned()),
        ];
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            // A connection to a killed server must not be tried again on the next one.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            api_key: String::new(),
            http,
            settings,
            process: None,
            folder,
        }
    }

    /// Its log, of all its lives.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("danpay.log")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Any other command, with the server's settings.
    pub(crate) fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_danpay"));
        command.args(words).envs(self.settings.clone());
        command.output().unwrap()
    }

    /// Starts it and waits until it takes payments; the first start tells the API key.
    pub(crate) async fn start(&mut self) {
        self.start_as(Command::new(env!("CARGO_BIN_EXE_danpay")))
            .await;
    }

    /// The same by a program that becomes danpay.
    pub(crate) async fn start_as(&mut self, mut program: Command) {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.log());
        let mut process = program
            .arg("serve")
            .envs(self.settings.clone())
            .stdout(Stdio::piped())
            .stderr(log.unwrap())
            .spawn()
            .unwrap();
        if self.api_key.is_empty() {
            let mut line = String::new();
            let said = process.stdout.take().unwrap();
            BufReader::new(said).read_line(&mut line).unwrap();
            let key = line.trim().rsplit(' ').next().unwrap();
            key.clone_into(&mut self.api_key);
        }
        self.process = Some(process);
        self.until_ready(StatusCode::OK).await;
    }

    /// Waits until `/readyz` answers so.
    pub(crate) async fn until_ready(&self, status: StatusCode) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ready = self.http.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|response| response.status() == status) {
                return;
            }
            assert!(Instant::now() < deadline, "never {status}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// SIGKILL: nothing is flushed, closed or said goodbye to.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.api_key)
    }

    pub(crate) async fn try_create(&self, order_id: &str) -> (StatusCode, Value) {
        let order = json!({
            "order_id": order_id, "user_id": "u", "item_name": "초코파이",
            "amount": { "total": 2200 },
        });
        let request = self.http.post(format!("{}/v1/payments", self.url));
        let response = self.authorized(request).json(&order).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn create(&self, order_id: &str) -> Value {
        let (status, payment) = self.try_create(order_id).await;
        assert_eq!(status, StatusCode::CREATED, "{payment}");
        payment
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url));
        let response = self.authorized(request).send().await.unwrap();
        response.json().await.unwrap()
    }

    pub(crate) async fn payment(&self, id: &str) -> Value {
        self.get(&format!("/v1/payments/{id}")).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
