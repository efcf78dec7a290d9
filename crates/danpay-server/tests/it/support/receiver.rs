//! A shop's receiver of webhooks: it keeps what comes, and answers as it is told to.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse as _, Response};
use danpay_server::SigningSecret;
use http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::{PATIENCE, World, read};

/// What has come.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signatures: Vec<String>,
    pub(crate) raw: Bytes,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

impl Got {
    fn of(uri: &Uri, headers: &HeaderMap, raw: Bytes) -> Self {
        let header = |name: &str| headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        assert!(header("user-agent").starts_with("danpay/"));
        Self {
            path: uri.path().to_owned(),
            id: header("webhook-id").to_owned(),
            timestamp: header("webhook-timestamp").parse().unwrap(),
            signatures: header("webhook-signature")
                .split(' ')
                .map(str::to_owned)
                .collect(),
            body: serde_json::from_slice(&raw).unwrap(),
            raw,
            at: Instant::now(),
        }
    }

    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }

    /// The payment that it is about.
    pub(crate) fn payment(&self) -> &str {
        self.body["data"]["id"].as_str().unwrap()
    }

    /// Whether it is signed with this secret as well.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let secret = SigningSecret::parse(&secret.into()).unwrap();
        let signed_at = Timestamp::from_second(self.timestamp).unwrap();
        let [_, _, (_, signature)] = secret.headers(&self.id, signed_at, &self.raw);
        self.signatures.contains(&signature)
    }
}

/// What a receiver says.
#[derive(Clone)]
pub(crate) enum Answer {
    Status(u16),
    /// With a header.
    With(u16, &'static str, String),
    /// With this status, once it may: one permit for each.
    Held(u16, Arc<Semaphore>),
}

impl Answer {
    async fn response(self) -> Response {
        let status = |code| StatusCode::from_u16(code).unwrap();
        match self {
            Self::Status(code) => (status(code), "그래").into_response(),
            Self::With(code, name, value) => (status(code), [(name, value)], "").into_response(),
            Self::Held(code, gate) => {
                gate.acquire().await.unwrap().forget();
                status(code).into_response()
            }
        }
    }
}

type Answers = Box<dyn FnMut(&Got) -> Answer + Send>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<Answers>>,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub(crate) async fn new() -> Self {
        Self::answering(|_| Answer::Status(204)).await
    }

    pub(crate) async fn answering(answers: impl FnMut(&Got) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let answers: Arc<Mutex<Answers>> = Arc::new(Mutex::new(Box::new(answers)));
        let (keeps, says) = (Arc::clone(&got), Arc::clone(&answers));
        let take = async move |uri: Uri, headers: HeaderMap, raw: Bytes| {
            let one = Got::of(&uri, &headers, raw);
            let answer = says.lock().unwrap()(&one);
            keeps.lock().unwrap().push(one);
            answer.response().await
        };
        let app = Router::new().fallback(take);
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            got,
            answers,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// From now on.
    pub(crate) fn answers(&self, answers: impl FnMut(&Got) -> Answer + Send + 'static) {
        *self.answers.lock().unwrap() = Box::new(answers);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// What has come, once there is so much.
    pub(crate) async fn until(&self, count: usize) -> Vec<Got> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let got = self.got();
            if got.len() >= count {
                return got;
            }
            assert!(Instant::now() < deadline, "not {count}: {got:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// An endpoint at danpay.
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Endpoint {
    pub(crate) fn path(&self) -> String {
        format!("/v1/webhook_endpoints/{}", self.id)
    }
}

impl World {
    /// A request of the shop's, with a body unless that is null.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> (reqwest::StatusCode, Value) {
        let request = self.request(method, path);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        read(request.send().await.unwrap()).await
    }

    /// The shop wants to be told there; `more` is beside the address.
    pub(crate) async fn add_endpoint(&self, url: &str, more: Value) -> Endpoint {
        let mut body = more;
        body["url"] = json!(url);
        let path = "/v1/webhook_endpoints";
        let (status, made) = self.ask(Method::POST, path, body).await;
        assert_eq!(status, reqwest::StatusCode::CREATED, "{made}");
        Endpoint {
            id: made["id"].as_str().unwrap().to_owned(),
            secret: made["secret"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn endpoint(&self, endpoint: &Endpoint) -> Value {
        let (status, shown) = self.ask(Method::GET, &endpoint.path(), Value::Null).await;
        assert_eq!(status, reqwest::StatusCode::OK, "{shown}");
        shown
    }

    /// Changes an endpoint.
    pub(crate) async fn patch(&self, endpoint: &Endpoint, change: Value) -> Value {
        let (status, shown) = self.ask(Method::PATCH, &endpoint.path(), change).await;
        assert_eq!(status, reqwest::StatusCode::OK, "{shown}");
        shown
    }

    /// What was sent to the shop, the newest first.
    pub(crate) async fn deliveries(&self, query: &str) -> Vec<Value> {
        let path = format!("/v1/webhook_deliveries?limit=100{query}");
        let (status, page) = self.ask(Method::GET, &path, Value::Null).await;
        assert_eq!(status, reqwest::StatusCode::OK, "{page}");
        assert_eq!(page["next_cursor"], Value::Null, "{page}");
        page["data"].as_array().unwrap().clone()
    }

    /// The deliveries of a query, once all of them are so.
    pub(crate) async fn until_deliveries(
        &self,
        query: &str,
        are: impl Fn(&Value) -> bool,
    ) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let deliveries = self.deliveries(query).await;
            if !deliveries.is_empty() && deliveries.iter().all(&are) {
                return deliveries;
            }
            assert!(Instant::now() < deadline, "not so: {deliveries:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
