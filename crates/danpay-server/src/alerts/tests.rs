//! A receiver over real HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::webhooks::sign;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Received = (String, HeaderMap, Bytes);

/// Hands on what comes.
type Tell = State<Arc<mpsc::UnboundedSender<Received>>>;

async fn take(State(tell): Tell, headers: HeaderMap, body: Bytes) -> StatusCode {
    let _ = tell.send(("/alerts".to_owned(), headers, body));
    StatusCode::NO_CONTENT
}

async fn elsewhere(State(tell): Tell, headers: HeaderMap, body: Bytes) -> Response {
    let _ = tell.send(("/elsewhere".to_owned(), headers, body));
    Redirect::temporary("/alerts").into_response()
}

/// Takes what comes to `/alerts`, and sends away from `/elsewhere`.
struct Receiver {
    url: String,
    received: mpsc::UnboundedReceiver<Received>,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    async fn new() -> Self {
        let (tell, received) = mpsc::unbounded_channel();
        let tell = Arc::new(tell);
        let doors = Router::new()
            .route("/alerts", post(take))
            .route("/elsewhere", post(elsewhere))
            .with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, doors).await.unwrap() });
        Self {
            url,
            received,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }
}

fn now() -> Timestamp {
    "2027-01-15T08:00:00Z".parse().unwrap()
}

fn config(url: Option<&str>, secret: Option<&str>) -> Config {
    Config {
        alert_url: url.map(Into::into),
        alert_secret: secret.map(Into::into),
        ..Config::default()
    }
}

fn alerts(config: &Config) -> Result<Option<Alerts>, StartError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Alerts::of(config, Clock::from_fn(now), &Entropy::system())
}

#[tokio::test]
async fn whoever_is_alerted_reads_what_it_means_and_can_check_whose_it_is() {
    let mut receiver = Receiver::new().await;
    let url = format!("{}/alerts", receiver.url);
    let alerts = alerts(&config(Some(&url), Some(SECRET))).unwrap().unwrap();
    let stop = CancellationToken::new();
    let sending = tokio::spawn(alerts.clone().send_until(stop.clone()));
    for kind in AlertKind::ALL {
        alerts.raise(kind);
        let (_, headers, body) = receiver.next().await;
        let text = |name: http::HeaderName| headers[name].to_str().unwrap();
        assert_eq!(text(sign::TIMESTAMP), now().as_second().to_string());
        let secret = SigningSecret::parse(&SECRET.into()).unwrap();
        let signature = secret.sign(text(sign::ID), now(), &body);
        assert_eq!(text(sign::SIGNATURE), signature);
        assert!(body.len() < 2_000, "{}", body.len());
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["kind"], kind.as_str());
        assert_eq!(message["since"], "2027-01-15T08:00:00Z");
        assert_eq!(message["count"], 1);
        for words in ["meaning", "meaning_ko", "action", "action_ko"] {
            assert!(
                message[words]
                    .as_str()
                    .is_some_and(|words| words.len() > 20)
            );
        }
    }
    stop.cancel();
    sending.await.unwrap();
}

#[tokio::test]
async fn what_was_raised_just_before_the_end_is_told() {
    let mut receiver = Receiver::new().await;
    let url = format!("{}/alerts", receiver.url);
    let alerts = alerts(&config(Some(&url), Some(SECRET))).unwrap().unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    alerts.raise(AlertKind::LogGap);
    alerts.send_until(stop).await;
    let (_, _, body) = receiver.next().await;
    assert!(String::from_utf8_lossy(&body).contains("log_gap"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_counts_as_not_delivered() {
    let mut receiver = Receiver::new().await;
    let url = format!("{}/elsewhere", receiver.url);
    let alerts = alerts(&config(Some(&url), Some(SECRET))).unwrap().unwrap();
    let raised = board::Raised {
        since: now(),
        count: 1,
    };
    let (mut ids, kind) = (Vec::new(), AlertKind::Disk);
    for _ in 0..2 {
        let problem = alerts.post(kind, raised).await.unwrap_err();
        assert_eq!(problem, "it was answered with 307");
        let (path, headers, _) = receiver.next().await;
        assert_eq!(path, "/elsewhere");
        ids.push(headers[sign::ID].clone());
    }
    assert_eq!(
        ids[0], ids[1],
        "a message that is sent again is known again"
    );
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn what_is_told_of_a_failure_names_neither_the_address_nor_the_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{closed}/hooks/T0PSECRET");
    let alerts = alerts(&config(Some(&url), Some(SECRET))).unwrap().unwrap();
    let raised = board::Raised {
        since: now(),
        count: 1,
    };
    let problem = alerts.post(AlertKind::Disk, raised).await.unwrap_err();
    for told in [problem, format!("{alerts:?}")] {
        assert!(
            !told.contains("T0PSECRET") && !told.contains("whsec"),
            "{told}"
        );
    }
}

#[test]
fn settings_that_cannot_be_used_are_named_and_never_repeated() {
    assert!(alerts(&config(None, None)).unwrap().is_none());
    let url = "https://ops.example/hooks/T0PSECRET";
    for (config, setting) in [
        (config(Some(url), None), "alert_secret"),
        (config(None, Some(SECRET)), "alert_url"),
        (
            config(Some("ops.example/T0PSECRET"), Some(SECRET)),
            "alert_url",
        ),
        (
            config(Some("ftp://ops.example/T0PSECRET"), Some(SECRET)),
            "alert_url",
        ),
        (config(Some(url), Some("whsec_T0PSECRET")), "alert_secret"),
    ] {
        let error = alerts(&config).unwrap_err().to_string();
        assert!(error.contains(setting), "{error}");
        assert!(!error.contains("T0PSECRET"), "{error}");
    }
}
