//! Somebody is alerted, and no payment waits for it.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use kakaopay_sandbox::Sandbox;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::served::{PATIENCE, Served};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Whoever is alerted.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: mpsc::UnboundedReceiver<Bytes>,
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        let (tell, received) = mpsc::unbounded_channel();
        let take = async |State(tell): State<mpsc::UnboundedSender<Bytes>>, body: Bytes| {
            let _ = tell.send(body);
        };
        let doors = Router::new().route("/alerts", post(take)).with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/alerts", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, doors).await.unwrap() });
        Self { url, received }
    }

    /// Tells the server of it.
    pub(crate) fn set(&self, danpay: &mut Served) {
        danpay.set("DANPAY_ALERT_URL", &self.url);
        danpay.set("DANPAY_ALERT_SECRET", SECRET);
    }

    /// The next alert.
    pub(crate) async fn next(&mut self) -> Value {
        let received = tokio::time::timeout(PATIENCE, self.received.recv());
        serde_json::from_slice(&received.await.unwrap().unwrap()).unwrap()
    }

    fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

#[tokio::test]
async fn trouble_with_the_key_is_told_once_whatever_is_logged() {
    let sandbox = Sandbox::builder().seed(31).start().await.unwrap();
    let mut receiver = Receiver::new().await;
    let mut danpay = Served::new(&sandbox);
    receiver.set(&mut danpay);
    danpay.set("DANPAY_LOG", "off");
    danpay.start().await;
    danpay.create("order-1").await;
    assert!(receiver.is_empty());
    sandbox.set_secret_key(Some("DEVANOTHER"));
    for order in ["order-2", "order-3", "order-4"] {
        let (status, problem) = danpay.try_create(order).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
        assert_eq!(problem["code"], "kakaopay_setup");
    }
    let alert = receiver.next().await;
    assert_eq!(alert["kind"], "kakaopay_key", "{alert}");
    assert_eq!(alert["count"], 1, "{alert}");
    assert!(receiver.is_empty());
}

#[tokio::test]
async fn a_receiver_that_never_answers_keeps_no_payment_waiting_and_is_named_once() {
    let sandbox = Sandbox::builder().seed(32).start().await.unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secret = "T0PSECRET";
    let url = format!("http://{}/{secret}", silent.local_addr().unwrap());
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_ALERT_URL", &url);
    danpay.set("DANPAY_ALERT_SECRET", SECRET);
    danpay.start().await;
    sandbox.set_secret_key(Some("DEVANOTHER"));
    danpay.try_create("order-1").await;
    let (_taken, _) = silent.accept().await.unwrap();
    // It is being told, and nobody waits for that.
    sandbox.set_secret_key(None);
    danpay.create("order-2").await;
    let line = danpay.until_logged("an alert cannot be delivered").await;
    assert_eq!(line["fields"]["kind"], "kakaopay_key", "{line}");
    danpay.create("order-3").await;
    assert!(danpay.terminate().await.success());
    let log = std::fs::read_to_string(danpay.log()).unwrap();
    assert_eq!(log.matches("cannot be delivered").count(), 1);
    assert!(!log.contains(secret) && !log.contains("whsec"), "{log}");
}

#[tokio::test]
async fn a_clock_that_differs_from_kakaopays_is_told_and_takes_no_payment_away() {
    let sandbox = Sandbox::builder().seed(33).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.start().await;
    danpay.create("order-1").await;
    let ready = || async {
        let ready = danpay.http.get(format!("{}/readyz", danpay.url)).send();
        let ready = ready.await.unwrap();
        assert_eq!(ready.status(), StatusCode::OK);
        ready.text().await.unwrap()
    };
    assert_eq!(ready().await, "ok\n");
    sandbox.advance_clock(std::time::Duration::from_mins(5));
    for order in ["order-2", "order-3"] {
        danpay.create(order).await;
    }
    let told = ready().await;
    for words in ["ok\nKakaoPay's clock is ", " s ahead of", "빠릅니다"] {
        assert!(told.contains(words), "{told}");
    }
    let line = danpay.until_logged("clock differs").await;
    let ahead_s = line["fields"]["ahead_s"].as_i64().unwrap();
    assert!((290..=301).contains(&ahead_s), "{ahead_s}");
    assert!(danpay.terminate().await.success());
    let log = std::fs::read_to_string(danpay.log()).unwrap();
    assert_eq!(log.matches("clock differs").count(), 1);
}
