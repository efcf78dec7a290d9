//! `danpay serve` as a process of its own, with a database that outlives it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use kakaopay_sandbox::Sandbox;
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn client() -> ClientBuilder {
    // Another test may have installed it: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
}

pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) http: Client,
    settings: Vec<(&'static str, String)>,
    words: Vec<String>,
    process: Option<Child>,
    folder: TempDir,
}

impl Served {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Self::with_kakaopay_at(sandbox.url())
    }

    /// With a sandbox that is a process of its own.
    pub(crate) fn with_kakaopay_at(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let database = folder.path().join("danpay.db");
        let settings = vec![
            ("DANPAY_LISTEN", format!("127.0.0.1:{port}")),
            (
                "DANPAY_DATABASE_URL",
                format!("sqlite:{}", database.display()),
            ),
            ("DANPAY_KAKAOPAY_SECRET_KEY", "DEVKILL".to_owned()),
            ("DANPAY_KAKAOPAY_BASE_URL", url.to_owned()),
            ("DANPAY_LOG_FORMAT", "json".to_owned()),
        ];
        // A connection to a killed server must not be tried again on the next one.
        let http = client().pool_max_idle_per_host(0).build().unwrap();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            api_key: String::new(),
            http,
            settings,
            words: Vec::new(),
            process: None,
            folder,
        }
    }

    /// One more of its settings.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// No such setting.
    pub(crate) fn unset(&mut self, name: &str) {
        self.settings.retain(|(set, _)| *set != name);
    }

    /// One more of its words.
    pub(crate) fn say(&mut self, word: &str) {
        self.words.push(word.to_owned());
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
        self.output(Command::new(env!("CARGO_BIN_EXE_danpay")).args(words))
    }

    /// The same by a program that becomes danpay.
    pub(crate) fn output(&self, command: &mut Command) -> Output {
        command.envs(self.settings.clone()).output().unwrap()
    }

    /// Starts it and waits until it takes payments; the first start tells the API key.
    pub(crate) async fn start(&mut self) {
        self.start_as(Command::new(env!("CARGO_BIN_EXE_danpay")))
            .await;
    }

    /// The same by a program that becomes danpay.
    pub(crate) async fn start_as(&mut self, program: Command) {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.log());
        self.start_with(program, log.unwrap()).await;
    }

    /// The same, with its log somewhere else.
    pub(crate) async fn start_with(&mut self, mut program: Command, log: impl Into<Stdio>) {
        program
            .arg("serve")
            .args(&self.words)
            .envs(self.settings.clone())
            .stdout(Stdio::null())
            .stderr(log);
        let process = program.spawn().unwrap();
        // What it holds of the log, a pipe's end, is to be the child's alone.
        drop(program);
        self.process = Some(process);
        self.until_ready(StatusCode::OK).await;
        if self.api_key.is_empty() {
            let file = self.folder.path().join("danpay.api-key");
            let key = std::fs::read_to_string(file).unwrap();
            key.trim().clone_into(&mut self.api_key);
        }
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

    /// Waits until `is_so`.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The first line of the log that holds `text`, once there is one.
    pub(crate) async fn until_logged(&self, text: &str) -> Value {
        let find = |danpay: &Self| {
            let log = std::fs::read_to_string(danpay.log()).unwrap();
            // The last line may be half written.
            let mut lines = log
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            lines.find(|line| line.contains(text)).map(str::to_owned)
        };
        self.until(text, |danpay| find(danpay).is_some()).await;
        serde_json::from_str(&find(self).unwrap()).unwrap()
    }

    /// Requests of this client share connections from now on.
    pub(crate) fn keep_connections(&mut self) {
        self.http = client().build().unwrap();
    }

    /// How many files the process has open.
    pub(crate) fn open_files(&self) -> usize {
        let pid = self.process.as_ref().unwrap().id();
        std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .count()
    }

    /// Changes a limit of the process, in the words of `prlimit`.
    pub(crate) fn limit(&self, change: &str) {
        let pid = self.process.as_ref().unwrap().id().to_string();
        let mut prlimit = Command::new("prlimit");
        let changed = prlimit.args(["--pid", &pid, change]).status().unwrap();
        assert!(changed.success(), "{change}");
    }

    /// SIGTERM; how it ended.
    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        let process = self.process.as_mut().unwrap();
        let pid = process.id().to_string();
        let told = Command::new("kill").arg(pid).status().unwrap();
        assert!(told.success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(ended) = process.try_wait().unwrap() {
                self.process = None;
                return ended;
            }
            assert!(Instant::now() < deadline, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
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

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        let response = self.authorized(request).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url));
        let response = self.authorized(request).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Until the payment has this status.
    pub(crate) async fn until_status(&self, id: &str, status: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let payment = self.payment(id).await;
            if payment["status"] == status {
                return;
            }
            assert!(Instant::now() < deadline, "not {status}: {payment}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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
