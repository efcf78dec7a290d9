//! The settings of the way over HTTPS, and of clients that have another one.

use std::{io::Write, sync::Arc, time::Duration};

use kakaopay::{
    BaseUrl, ConfigError, KakaoPay, Outcome, Transport, TransportFuture, TransportRequest,
    TransportResponse,
    reqwest::{self, redirect::Policy, retry},
};

use crate::{
    approve_request,
    lost_answers::{ANSWER, http, listen, read_head},
    ready_request, tid,
};

#[test]
fn a_limit_that_kakaopay_may_exceed_is_an_error_but_for_a_sandbox_here() {
    let limited = |url: &str, seconds| {
        let client = KakaoPay::builder("DEV").base_url(url);
        client.timeout(Duration::from_secs(seconds)).build()
    };
    for seconds in [0, 5, 11] {
        let error = limited("https://open-api.kakaopay.com", seconds).unwrap_err();
        assert!(matches!(error, ConfigError::Timeout { .. }));
        assert!(error.to_string().contains("above 11s"), "{error}");
        assert!(limited("http://localhost:7702", seconds).is_ok());
    }
    assert!(limited("https://open-api.kakaopay.com", 12).is_ok());
}

#[tokio::test]
async fn a_client_of_ones_own_carries_the_calls_under_the_same_limit() {
    let (silent, _) = listen(|mut line, _| while read_head(&mut line).is_some() {});
    let own = reqwest::Client::builder()
        .redirect(Policy::none())
        .retry(retry::never())
        .tls_backend_preconfigured(no_tls())
        .build()
        .unwrap();
    let client = |url: &str| {
        let client = KakaoPay::builder("DEV")
            .base_url(url)
            .http_client(own.clone());
        client.timeout(Duration::from_millis(300)).build().unwrap()
    };
    let request = approve_request(tid(), "token");
    let error = client(&silent).approve(&request).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);

    let (answering, _) = listen(|mut line, _| {
        if read_head(&mut line).is_some() {
            let _hung_up = line.get_mut().write_all(&http("200 OK", "", ANSWER));
        }
    });
    assert!(client(&answering).approve(&request).await.is_ok());
}

/// A client of reqwest's without a provider of the process needs one.
fn no_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

#[test]
fn root_certificates_are_certificates_or_an_error() {
    let with = |pem: &str| KakaoPay::builder("DEV").root_certificates(pem).check();
    for none in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    ] {
        let error = with(none).unwrap_err();
        assert!(matches!(error, ConfigError::Certificate), "{none}");
    }
    let pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert!(with(pem).is_ok());
}

/// Knows where it sends to.
struct Elsewhere(BaseUrl);

impl Transport for Elsewhere {
    fn send(&self, _: TransportRequest) -> TransportFuture<'_> {
        Box::pin(async { Ok(TransportResponse::new(429, "")) })
    }

    fn base_url(&self) -> Option<&BaseUrl> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_shared_transport_tells_the_client_where_it_sends_to() {
    let sandbox = "https://sandbox.example:7702";
    let transport = Arc::new(Elsewhere(sandbox.parse().unwrap()));
    let client = KakaoPay::builder("DEV").transport(Arc::clone(&transport));
    let client = client.build().unwrap();
    let page = format!("{sandbox}/page");
    assert_eq!(client.payer_address(&page), Some(page));
    let error = client.ready(&ready_request()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotExecuted);
}

#[test]
fn a_real_merchant_code_goes_by_no_transport_in_the_clear() {
    let open = BaseUrl::also_over_http("http://sandbox.example").unwrap();
    let client = KakaoPay::builder("DEV").transport(Elsewhere(open));
    let client = client.cid("C000000001".parse().unwrap()).build();
    assert!(matches!(client.unwrap_err(), ConfigError::BaseUrl(_)));
}
