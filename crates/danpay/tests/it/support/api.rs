//! HTTP without a browser.

use reqwest::redirect::Policy;
use serde_json::Value;

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
