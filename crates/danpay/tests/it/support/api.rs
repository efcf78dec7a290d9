//! The shop's door, as a shop's backend uses it.

use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    url: String,
    key: SecretString,
}

impl Api {
    pub(crate) fn new(url: &str, key: SecretString) -> Self {
        Self {
            http: http(),
            url: url.to_owned(),
            key,
        }
    }

    pub(crate) async fn create(&self, order: &Value) -> Value {
        let request = self
            .http
            .post(format!("{}/v1/payments", self.url))
            .bearer_auth(self.key.expose_secret())
            .header("Idempotency-Key", order["order_id"].to_string())
            .json(order);
        read(request).await
    }

    /// Each is one of its own.
    pub(crate) async fn cancel(&self, id: &str, total: i64) -> Value {
        let request = self
            .http
            .post(format!("{}/v1/payments/{id}/cancel", self.url))
            .bearer_auth(self.key.expose_secret())
            .json(&json!({ "amount": { "total": total } }));
        read(request).await
    }

    pub(crate) async fn payment(&self, id: &str) -> Value {
        let request = self
            .http
            .get(format!("{}/v1/payments/{id}", self.url))
            .bearer_auth(self.key.expose_secret());
        read(request).await
    }
}

/// A client that follows nothing by itself and leaves this machine alone.
pub(crate) fn http() -> reqwest::Client {
    install_tls();
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(super::PATIENCE)
        .build()
        .unwrap()
}

/// The JSON of an answer that must be a good one.
pub(crate) async fn read(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// What the binary does at its start.
pub(crate) fn install_tls() {
    // Fails when another test of this process was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
