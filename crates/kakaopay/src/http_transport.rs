//! KakaoPay over HTTPS: reqwest with rustls.
//! Invariant: no redirect is followed, nothing is sent twice, no proxy is used but the one that is named,
//! and an answer is read up to a limit.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use url::Url;

use crate::{
    BaseUrl, ConfigError, ProxyUrl, RETRY_AFTER_MAX, Request, Response, Sending, Transport,
    TransportError, failed::Failed,
};

/// Real answers have less than 4 KiB; whatever is longer than this is not KakaoPay's.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Time limits of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// For name resolution, TCP and TLS together. 3 s by default.
    pub connect: Duration,
    /// For the whole call. 15 s by default; keep it above KakaoPay's own 11 s, or approved
    /// payments will look lost.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            call: Duration::from_secs(15),
        }
    }
}

/// Sends requests over a pool of kept-alive connections.
///
/// A kept-alive connection may have been closed by KakaoPay meanwhile. If that shows before the
/// first byte is written, another connection is used; afterwards the outcome is unknown.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    base_url: BaseUrl,
}

impl HttpTransport {
    /// A transport to `base_url`, by way of `proxy` unless that is this machine. Needs a Tokio runtime
    /// once it sends.
    ///
    /// Makes *ring* the process-wide default of rustls unless there is one already.
    pub fn new(
        base_url: BaseUrl,
        timeouts: Timeouts,
        proxy: Option<&ProxyUrl>,
    ) -> Result<Self, ConfigError> {
        // What stays on this machine may be in the clear, so it is not sent elsewhere.
        let proxy = proxy.filter(|_| !base_url.is_here());
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // It only fails when another thread has just installed one, which serves as well.
            let _already_there = rustls::crypto::ring::default_provider().install_default();
        }
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("kakaopay-rust/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.call);
        if !base_url.is_https() && !proxy.is_some_and(ProxyUrl::is_https) {
            // Root certificates are missing in many containers; a sandbox needs none.
            client = client.tls_certs_only([]);
        }
        let failed = |error| ConfigError::Http(Box::new(Failed(error)));
        if let Some(proxy) = proxy {
            client = client.proxy(proxy.for_all().map_err(failed)?);
        }
        let client = client.build().map_err(failed)?;
        Ok(Self { client, base_url })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let authorization = format!("SECRET_KEY {}", request.secret_key.expose());
        let mut authorization = HeaderValue::try_from(authorization)
            .map_err(|error| TransportError::NotSent(Box::new(error)))?;
        authorization.set_sensitive(true);
        let url: Url = self.base_url.join(request.endpoint.path());
        let answer = self
            .client
            .post(url)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(request.body)
            .send()
            .await
            .map_err(failure)?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(seconds);
        let date = answer.headers().get(DATE).and_then(instant);
        Ok(Response {
            status,
            retry_after,
            date,
            body: read(answer).await?,
        })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

/// Only a failure to connect, which includes name resolution and TLS, proves that nothing was sent.
fn failure(error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(Box::new(Failed(error)))
    } else {
        TransportError::Unknown(Box::new(Failed(error)))
    }
}

/// Digits alone; a date, the header's other form, is as good as nothing. A number that is too long
/// to be read still says to wait.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    let digits = value.to_str().ok()?.trim();
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let wait = digits.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs);
    Some(wait.min(RETRY_AFTER_MAX))
}

/// An HTTP date; the obsolete forms of it are as good as nothing.
fn instant(value: &HeaderValue) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(value.as_bytes()).ok()
}

async fn read(mut answer: reqwest::Response) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    loop {
        let chunk = answer.chunk().await;
        match chunk.map_err(|error| TransportError::Unknown(Box::new(Failed(error))))? {
            None => return Ok(body.freeze()),
            Some(chunk) if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX => {
                return Err(TransportError::Unknown(
                    "the answer is longer than 1 MiB".into(),
                ));
            }
            Some(chunk) => body.extend_from_slice(&chunk),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_a_wait_is_asked_for_it_is_bounded_and_never_lost() {
        let read = |text: &str| seconds(&HeaderValue::from_str(text).unwrap());
        for (text, wait_s) in [
            ("0", 0),
            ("30", 30),
            (" 599\t", 599),
            ("600", 600),
            ("601", 600),
            ("3000000000", 600),
            ("18446744073709551615", 600),
            ("18446744073709551616", 600),
            ("99999999999999999999999999999999999999999", 600),
        ] {
            assert_eq!(read(text), Some(Duration::from_secs(wait_s)), "{text}");
        }
        for text in [
            "",
            " ",
            "soon",
            "-1",
            "+1",
            "1.5",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(seconds(&HeaderValue::from_bytes(b"\xff60").unwrap()), None);
    }

    #[test]
    fn the_time_of_an_answer_is_read_or_is_none() {
        let read = |text: &'static str| instant(&HeaderValue::from_static(text));
        let told: Timestamp = "2024-07-30T11:50:27Z".parse().unwrap();
        assert_eq!(read("Tue, 30 Jul 2024 11:50:27 GMT"), Some(told));
        for text in ["", "now", "Tue, 30 Jul 2024 25:50:27 GMT", "1722340227"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
