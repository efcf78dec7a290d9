//! Messages of danpay's that come again, late, changed, or from somebody else.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;

use super::stage::Stage;
use crate::support::eventually;

const OTHER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Receivers take what is at most five minutes old.
const OLD: Duration = Duration::from_mins(6);

/// Each message that the shop has not had yet has an id of its own.
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A message as danpay signs it.
struct Signed<'body> {
    id: &'body str,
    timestamp: u64,
    signature: String,
    body: &'body str,
}

impl<'body> Signed<'body> {
    fn now(secret: &str, id: &'body str, body: &'body str) -> Self {
        Self::before(Duration::ZERO, secret, id, body)
    }

    fn before(age: Duration, secret: &str, id: &'body str, body: &'body str) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a receiver has the machine's clock"
        )]
        let at = SystemTime::now() - age;
        let timestamp = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        Self {
            id,
            timestamp,
            signature: format!("v1,{signature}"),
            body,
        }
    }
}

impl Stage {
    async fn hears(&self, message: &Signed<'_>) -> StatusCode {
        let request = self.http.post(format!("{}/webhooks", self.shop_url));
        let request = request
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp.to_string())
            .header("webhook-signature", &message.signature);
        let answer = request.body(message.body.to_owned()).send().await;
        answer.unwrap().status()
    }

    /// What danpay has told of an order, once all of it has arrived.
    async fn deliveries(&self, order: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for payment in self.payments(order).await {
            let path = format!(
                "/v1/webhook_deliveries?payment_id={}",
                payment["id"].as_str().unwrap()
            );
            let arrived = eventually(async || {
                let list = self.danpay.get(&path).await["data"].take();
                let list = list.as_array().unwrap().clone();
                let whole = list
                    .iter()
                    .all(|delivery| delivery["status"] == "delivered");
                (whole && !list.is_empty()).then_some(list)
            });
            all.extend(arrived.await.expect("it is delivered"));
        }
        all
    }

    /// The body of the oldest message of this type, of this order.
    async fn said(&self, order: &str, r#type: &str) -> String {
        let deliveries = self.deliveries(order).await;
        let delivery = deliveries
            .iter()
            .rfind(|delivery| delivery["type"] == r#type);
        let delivery = delivery.unwrap_or_else(|| panic!("no {type} in {deliveries:#?}"));
        let whole = self.danpay.get(&path(delivery)).await;
        whole["request"]["body"].as_str().unwrap().to_owned()
    }

    /// An older event comes as one that is new to the shop.
    pub(super) async fn hears_again(&self, order: &str, r#type: &str) {
        let body = self.said(order, r#type).await;
        let id = format!("evt_again_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        for _ in 0..2 {
            let late = Signed::now(&self.webhook_secret, &id, &body);
            assert_eq!(self.hears(&late).await, StatusCode::NO_CONTENT);
        }
    }
}

fn path(delivery: &Value) -> String {
    format!(
        "/v1/webhook_deliveries/{}",
        delivery["id"].as_str().unwrap()
    )
}

/// `quit` was given up once and paid then, with some of it given back; `refunded` went back whole.
pub(super) async fn change_nothing(stage: &Stage, quit: &str, refunded: &str) {
    for order in [quit, refunded] {
        stage.deliveries(order).await;
    }
    let before = stage.books().await;
    for order in [quit, refunded] {
        are_resent(stage, order).await;
    }
    for r#type in ["payment.ready", "payment.quit", "payment.approved"] {
        stage.hears_again(quit, r#type).await;
    }
    for r#type in [
        "payment.ready",
        "payment.approved",
        "payment.partially_canceled",
    ] {
        stage.hears_again(refunded, r#type).await;
    }
    are_refused(stage, quit).await;
    are_of_no_concern(stage).await;
    assert_eq!(stage.books().await, before);
}

/// danpay sends all of them once more.
async fn are_resent(stage: &Stage, order: &str) {
    for delivery in stage.deliveries(order).await {
        let resend = format!("{}/resend", path(&delivery));
        let (status, answer) = stage.danpay.post(&resend, &json!({})).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        let arrived = eventually(async || {
            let now = stage.danpay.get(&path(&delivery)).await;
            let attempts = now["attempts"].as_array().unwrap().clone();
            attempts
                .into_iter()
                .find(|attempt| attempt["resend"] == true)
        });
        let attempt = arrived.await.expect("it is sent once more");
        assert_eq!(attempt["status"], 204, "{attempt}");
    }
}

async fn are_refused(stage: &Stage, order: &str) {
    let (secret, id) = (&stage.webhook_secret, "evt_forged");
    let body = &stage.said(order, "payment.approved").await;
    let changed = &body.replace("2200", "2201");
    assert_ne!(changed, body);
    let mut tampered = Signed::now(secret, id, body);
    tampered.body = changed;
    let mut renamed = Signed::now(secret, id, body);
    renamed.id = "evt_forged_too";
    let mut unsigned = Signed::now(secret, id, body);
    unsigned.signature = String::new();
    let strange = Signed::now(OTHER_SECRET, id, body);
    let old = Signed::before(OLD, secret, id, body);
    for forged in [tampered, renamed, unsigned, strange, old] {
        let answer = stage.hears(&forged).await;
        assert_eq!(answer, StatusCode::BAD_REQUEST, "{}", forged.signature);
    }
    let bare = stage.http.post(format!("{}/webhooks", stage.shop_url));
    let answer = bare.body(body.clone()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    // What was refused has taken no id: the same one counts when it comes rightly.
    let right = stage.hears(&Signed::now(secret, id, body)).await;
    assert_eq!(right, StatusCode::NO_CONTENT);
}

/// Words that are new to the shop, and orders of another one.
async fn are_of_no_concern(stage: &Stage) {
    let endpoints = stage.danpay.get("/v1/webhook_endpoints").await;
    let endpoint = endpoints["data"][0]["id"].as_str().unwrap();
    let ping = format!("/v1/webhook_endpoints/{endpoint}/ping");
    let (_, pinged) = stage.danpay.post(&ping, &json!({})).await;
    assert_eq!(pinged["delivered"], true, "{pinged}");
    let new = r#"{"type":"shop.renamed","timestamp":"2026-09-21T14:14:22Z","data":{"object":"shop"},"sequence":1}"#;
    let new = Signed::now(&stage.webhook_secret, "evt_new_word", new);
    assert_eq!(stage.hears(&new).await, StatusCode::NO_CONTENT);
}
