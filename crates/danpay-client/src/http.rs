//! One request over HTTP, sent once.
//! Invariant: no redirect is followed, nothing is sent twice, no proxy of the environment is used, an answer is
//! read up to a limit, and the process's default for TLS is left as it is.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::Kind;
use crate::{ConfigError, Error, IdempotencyKey, Problem};

/// A page of 100 payments has less than 1 MiB, but a payment may have any number of cancellations.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Nobody waits longer for an answer of a header's.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What is asked, as data: the same for each attempt.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) body: Option<Bytes>,
}

#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    authorization: HeaderValue,
}

impl Http {
    pub(crate) fn new(
        authorization: HeaderValue,
        is_https: bool,
        (connect, call): (Duration, Duration),
    ) -> Result<Self, ConfigError> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("danpay-client-rust/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tls_backend_preconfigured(tls(is_https)?)
            .connect_timeout(connect)
            .timeout(call)
            .build()
            .map_err(|error| ConfigError::Http(Box::new(error)))?;
        Ok(Self {
            client,
            authorization,
        })
    }

    pub(crate) async fn send<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let Request {
            method,
            url,
            key,
            body,
        } = request;
        let mut sent = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(key) = key.as_ref().and_then(IdempotencyKey::header) {
            sent = sent.header(IDEMPOTENCY_KEY, key);
        }
        if let Some(body) = body {
            sent = sent.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = sent.send().await.map_err(failure)?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get(RETRY_AFTER).and_then(seconds);
        let body = read(answer).await?;
        if (200..300).contains(&status) {
            return decode(status, &body);
        }
        let kind = match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if problem.status == status => Kind::Problem(Box::new(problem)),
            _ => Kind::Foreign { status },
        };
        Err(Error::new(kind).with_retry_after(wait))
    }
}

/// Root certificates are missing in many containers, and nothing in the clear needs one.
fn tls(is_https: bool) -> Result<ClientConfig, ConfigError> {
    let failed = |error: rustls::Error| ConfigError::Http(Box::new(error));
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let verified = if is_https {
        builder.with_platform_verifier().map_err(failed)?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(verified.with_no_client_auth())
}

/// Only a failure to connect, which includes name resolution and TLS, proves that nothing was sent. What is
/// asked may be in the address, so the error is told without it.
fn failure(error: reqwest::Error) -> Error {
    let sent = !(error.is_connect() || error.is_builder());
    let error = Box::new(error.without_url());
    Error::new(if sent {
        Kind::NoAnswer(error)
    } else {
        Kind::NoConnection(error)
    })
}

/// Digits alone: danpay writes no date.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    let seconds: u64 = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

async fn read(mut answer: reqwest::Response) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
            let too_long = "the answer is longer than 16 MiB";
            return Err(Error::new(Kind::NoAnswer(too_long.into())));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The decoder's own message may quote the answer, so only the place is kept. To find it costs as much again as
/// to read the answer, so it is looked for only in one that cannot be read.
fn decode<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| {
        let path = unreadable_at::<T>(body);
        Error::new(Kind::Unreadable { status, path })
    })
}

fn unreadable_at<T: DeserializeOwned>(body: &[u8]) -> String {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => error.path().to_string(),
        // It is the end that should not be there.
        Ok(_) => ".".to_owned(),
    }
}
