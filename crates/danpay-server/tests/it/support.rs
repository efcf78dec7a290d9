//! A world of its own for each test: sandbox, database in a temporary folder, server, a shop's
//! client. The sandbox's clock is the server's too.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use danpay_server::{CallsAtOnce, Clock, Config, Entropy, Parts, Server, StartError, Vault};
use insta::internals::SettingsBindDropGuard;
use kakaopay_sandbox::{PaymentRecord, Sandbox};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) mod database;
mod download;
mod receiver;

use database::Database;
pub(crate) use database::DatabaseKind;
pub(crate) use download::Download;
pub(crate) use receiver::{Answer, Got, Receiver};

pub(crate) const SECRET_KEY: &str = "DEV5ECRETKEY00000000000000000000000000KEY";
/// The merchant code of a second shop.
pub(crate) const SECOND_CID: &str = "C000SHOP02";
pub(crate) const PC: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                             (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
pub(crate) const PHONE: &str = "Mozilla/5.0 (Linux; Android 16; SM-S931N) AppleWebKit/537.36 \
                                (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
/// Far above what anything here takes, so that only a fault runs into it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Both crates have the same snapshots, so their files do not begin with the crate's name.
fn snapshots() -> SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.bind_to_scope()
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) http: Client,
    pub(crate) config: Config,
    pub(crate) database: Database,
    /// Whoever asks the server's clock panics so many times: a fault of ours, wherever it may be.
    pub(crate) panics_left: Arc<AtomicU32>,
    _snapshots: SettingsBindDropGuard,
    /// Of the master key.
    _folder: TempDir,
    stopping: CancellationToken,
    serving: Option<JoinHandle<()>>,
    /// Numbers orders and keys.
    next: AtomicU32,
    /// Calls to approve and cancel under way at once, from the next start on.
    pub(crate) calls_at_once: usize,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(settings: impl FnOnce(&mut Config)) -> Self {
        // The first test of the process installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        LazyLock::force(&LOG);
        let sandbox = Sandbox::builder()
            .secret_key(SECRET_KEY)
            .cid("TC0ONETIME")
            .cid(SECOND_CID)
            .start()
            .await
            .unwrap();
        let database = Database::new(crate::DATABASE);
        let mut config = Config {
            database_url: database.url().into(),
            kakaopay_secret_key: Some(SECRET_KEY.into()),
            kakaopay_base_url: sandbox.url().to_owned(),
            app_agents: vec!["ChocoShop/".to_owned()],
            drain_seconds: Some(0),
            webhook_networks: vec!["127.0.0.0/8".to_owned()],
            ..Config::default()
        };
        // SQLite's would be made beside it.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master-key");
        let key = format!("danpay-master-key-1:{}", "c".repeat(64));
        std::fs::write(&file, key).unwrap();
        if let Database::Database(_) = database {
            config.master_key_file = Some(file);
        }
        settings(&mut config);
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let mut world = Self {
            sandbox,
            url: String::new(),
            api_key: String::new(),
            http,
            config,
            database,
            panics_left: Arc::default(),
            _snapshots: snapshots(),
            _folder: folder,
            stopping: CancellationToken::new(),
            serving: None,
            next: AtomicU32::new(1),
            calls_at_once: 64,
        };
        world.start().await;
        world
    }

    /// Starts a server on the database, on a port of its own.
    pub(crate) async fn start(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.config.listen = listener.local_addr().unwrap();
        self.url = self.config.public_url().unwrap();
        let (time, panics_left) = (self.sandbox.clock(), Arc::clone(&self.panics_left));
        let clock = Clock::from_fn(move || {
            let one_less = |left: u32| left.checked_sub(1);
            let panics = panics_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
            assert!(panics.is_err(), "planted");
            time()
        });
        let entropy = Entropy::system();
        let parts = Parts {
            kakaopay: self.config.keyed_client().unwrap(),
            connect: self.config.connect(),
            vault: Vault::load(&self.config, entropy.clone()).unwrap(),
            database: danpay_server::Database::open(&self.config).await.unwrap(),
            clock,
            entropy,
            idle: Duration::from_millis(200),
            calls: CallsAtOnce::always(self.calls_at_once),
            receivers: self.config.receivers().unwrap(),
        };
        let server = Server::on(parts, &self.config).await.unwrap();
        let mut first = None;
        let hand_over = |key: &SecretString| {
            first = Some(key.clone());
            Ok::<_, StartError>(())
        };
        server.first_api_key(None, hand_over).await.unwrap();
        if let Some(key) = first {
            key.expose_secret().clone_into(&mut self.api_key);
        }
        self.stopping = CancellationToken::new();
        let stopping = self.stopping.clone().cancelled_owned();
        self.serving = Some(tokio::spawn(server.run(listener, stopping)));
        // A test may have brought a database of its own.
        if self.config.database_url.expose_secret() == self.database.url() {
            self.database.until_it_rests().await;
        }
    }

    /// Tells the server to stop, as SIGTERM does.
    pub(crate) fn begin_to_stop(&self) {
        self.stopping.cancel();
    }

    /// Stops the server and waits until it has stopped.
    pub(crate) async fn stop(&mut self) {
        self.begin_to_stop();
        self.stopped().await;
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(&mut self) {
        let serving = self.serving.take().expect("a server is running");
        tokio::time::timeout(PATIENCE, serving)
            .await
            .unwrap()
            .unwrap();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.api_key)
    }

    /// Creates a payment of 2,200 KRW for an order of its own, with `more` over the usual fields.
    pub(crate) async fn create(&self, more: Value) -> Payment {
        let mut body = order(more.clone());
        if more.get("order_id").is_none() {
            body["order_id"] = json!(format!("order-{}", self.number()));
        }
        let request = self.request(Method::POST, "/v1/payments").json(&body);
        let response = request.send().await.unwrap();
        let (status, body) = read(response).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Payment(body)
    }

    /// A number that nobody else in this world has.
    pub(crate) fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// What the shop does with a payment, under a key.
    pub(crate) async fn act(
        &self,
        payment: &Payment,
        step: &str,
        key: &str,
        body: Value,
    ) -> Response {
        let path = format!("/v1/payments/{}/{step}", payment.id());
        let mut request = self.request(Method::POST, &path);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    /// Cancels under a key of its own.
    pub(crate) async fn cancel(&self, payment: &Payment, body: Value) -> (StatusCode, Value) {
        let key = format!("cancel-{}", self.number());
        read(self.act(payment, "cancel", &key, body).await).await
    }

    pub(crate) async fn payment(&self, id: &str) -> Payment {
        let request = self.request(Method::GET, &format!("/v1/payments/{id}"));
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        Payment(body)
    }

    /// The payment once it has this status.
    pub(crate) async fn until(&self, id: &str, status: &str) -> Payment {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let payment = self.payment(id).await;
            if payment.status() == status {
                return payment;
            }
            assert!(Instant::now() < deadline, "not {status}: {}", payment.0);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Once the database has these steps of the payment, so often.
    pub(crate) async fn until_steps(&self, id: &str, kinds: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.steps(id);
            let seen = seen.iter().filter(|seen| kinds.contains(&seen.as_str()));
            if seen.count() >= kinds.len() {
                return;
            }
            assert!(Instant::now() < deadline, "not {kinds:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A browser's visit; redirects are not followed.
    pub(crate) async fn visit(&self, url: &str) -> Visit {
        let response = self
            .http
            .get(url)
            .header("user-agent", PC)
            .send()
            .await
            .unwrap();
        Visit::of(response).await
    }

    /// The payer pays and comes back as far as KakaoPay: where its page sends the browser.
    pub(crate) fn pay(&self, payment: &Payment) -> String {
        self.sandbox.play(payment.tid(), "pays_by_card").unwrap()
    }

    pub(crate) fn at_kakaopay(&self, payment: &Payment) -> PaymentRecord {
        self.sandbox.payment(payment.tid()).unwrap()
    }

    /// Where KakaoPay was told to send the payer.
    pub(crate) async fn return_url(&self, payment: &Payment, way: &str) -> String {
        let start = format!("/return/{}/{way}/", payment.id());
        let journal = format!("{}/_sandbox/journal", self.sandbox.url());
        let (_, journal) = read(self.http.get(journal).send().await.unwrap()).await;
        let entries = journal["entries"].as_array().unwrap().iter();
        let mut urls = entries.filter_map(|entry| {
            let asked: Value = serde_json::from_str(entry["body"].as_str()?).ok()?;
            let name = if way == "approve" { "approval" } else { way };
            let url = asked[format!("{name}_url")].as_str()?.to_owned();
            url.contains(&start).then_some(url)
        });
        urls.next_back().unwrap()
    }

    pub(crate) fn result_url(&self, payment: &Payment) -> String {
        format!("{}/pay/{}/result", self.url, payment.id())
    }

    /// What the shop is told of a payment.
    pub(crate) async fn events(&self, id: &str) -> Vec<Value> {
        let page = self.events_page(id, "?limit=100").await;
        assert_eq!(page["next_cursor"], Value::Null, "{page}");
        page["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn events_page(&self, id: &str, query: &str) -> Value {
        let path = format!("/v1/payments/{id}/events{query}");
        let (status, page) = read(self.request(Method::GET, &path).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    }

    /// What the database says has happened to a payment.
    pub(crate) fn history(&self, id: &str) -> Vec<Value> {
        self.database.history(id)
    }

    /// The kinds of that.
    pub(crate) fn steps(&self, id: &str) -> Vec<String> {
        let history = self.history(id).into_iter();
        history
            .map(|step| step["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// An order as a shop sends it; `more` replaces or adds top-level fields, `null` removes one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it reads as a literal where it is called"
)]
pub(crate) fn order(more: Value) -> Value {
    let mut order = json!({
        "order_id": "order-1",
        "user_id": "member-1",
        "item_name": "초코파이",
        "amount": { "total": 2200 },
    });
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            order.as_object_mut().unwrap().remove(name);
        } else {
            order[name] = value.clone();
        }
    }
    order
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

pub(crate) struct Payment(pub(crate) Value);

impl Payment {
    fn text(&self, name: &str) -> &str {
        self.0[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.0))
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn tid(&self) -> &str {
        self.text("tid")
    }

    pub(crate) fn status(&self) -> &str {
        self.text("status")
    }

    pub(crate) fn checkout_url(&self) -> &str {
        self.text("checkout_url")
    }
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) page: String,
}

impl Visit {
    async fn of(response: Response) -> Self {
        let location = response.headers().get("location");
        let location = location.map(|value| value.to_str().unwrap().to_owned());
        let cache = response.headers().get("cache-control").unwrap();
        assert_eq!(cache, "no-store");
        assert_eq!(
            response.headers().get("referrer-policy").unwrap(),
            "no-referrer"
        );
        Self {
            status: response.status(),
            location,
            page: response.text().await.unwrap(),
        }
    }

    /// Where it is sent on; never an address with a token.
    pub(crate) fn onward(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{self:?}");
        let location = self.location.as_deref().unwrap();
        assert!(!location.contains("pg_token"), "{location}");
        location
    }

    pub(crate) fn shows(&self, name: &str) -> bool {
        self.page.contains(&format!("data-testid=\"{name}\""))
    }
}

/// Everything that all servers of this process have logged, at the finest level.
static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(|| {
    let log = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&log);
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || Sink(Arc::clone(&sink)))
        .init();
    log
});

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn log() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}
