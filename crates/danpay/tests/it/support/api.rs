//! The shop's door, as a shop's backend uses it.

use std::sync::atomic::{AtomicU32, Ordering};

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

    /// Each is an attempt of its own.
    pub(crate) async fn create(&self, order: &Value) -> Value {
        read(self.post("").json(order)).await
    }

    /// Each is a refund of its own.
    pub(crate) async fn cancel(&self, id: &str, total: i64) -> Value {
        let asked = json!({ "amount": { "total": total } });
        read(self.post(&format!("/{id}/cancel")).json(&asked)).await
    }

    pub(crate) async fn withdraw(&self, id: &str) -> Value {
        read(self.post(&format!("/{id}/withdraw"))).await
    }

    /// With a key of its own.
    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let key = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        self.http
            .post(format!("{}/v1/payments{path}", self.url))
            .bearer_auth(self.key.expose_secret())
            .header("Idempotency-Key", key)
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
