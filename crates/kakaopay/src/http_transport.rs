//! Requests over HTTPS to KakaoPay, or over plain HTTP to a sandbox on this machine.
//! Invariant: no retry and no redirect of its own client; a failure before a connection stood is the
//! only one that is reported as not sent.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use rustls::pki_types::CertificateDer;

use crate::{
    BaseUrl, ConfigError, ProxyUrl, RETRY_AFTER_MAX, Transport, TransportError, TransportFuture,
    TransportRequest, TransportResponse, failed::Failed, tls,
};

/// Real answers have less than 4 KiB; whatever is longer than this is not KakaoPay's.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// KakaoPay itself gives up on a call after 11 s (by second-hand account).
const KAKAOPAY_TIMEOUT: Duration = Duration::from_secs(11);
const AGENT: &str = concat!("kakaopay-rust/", env!("CARGO_PKG_VERSION"));

/// How KakaoPay is reached.
#[derive(Clone)]
pub(crate) struct HttpSettings {
    /// For name resolution, TCP and TLS together.
    pub(crate) connect_timeout: Duration,
    /// For a whole call.
    pub(crate) timeout: Duration,
    pub(crate) proxy: Option<ProxyUrl>,
    /// Trusted beside those of the machine.
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// The user's own, to which all but the limit of a call is left.
    pub(crate) client: Option<reqwest::Client>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(15),
            proxy: None,
            roots: Vec::new(),
            client: None,
        }
    }
}

impl HttpSettings {
    /// Whoever gives up before KakaoPay does takes payments for lost that were made. A sandbox on this
    /// machine may be given less, for tests.
    pub(crate) fn check(&self, base_url: &BaseUrl) -> Result<(), ConfigError> {
        if self.timeout > KAKAOPAY_TIMEOUT || base_url.is_here() {
            return Ok(());
        }
        Err(ConfigError::Timeout {
            given: self.timeout,
            above: KAKAOPAY_TIMEOUT,
        })
    }

    fn client(self, base_url: &BaseUrl) -> Result<reqwest::Client, ConfigError> {
        if let Some(client) = self.client {
            return Ok(client);
        }
        // What stays on this machine may be in the clear, so it does not go elsewhere.
        let proxy = self.proxy.filter(|_| !base_url.is_here());
        let is_encrypted = base_url.is_https() || proxy.as_ref().is_some_and(ProxyUrl::is_https);
        let tls = if is_encrypted {
            tls::verifying(self.roots)
        } else {
            // Root certificates are missing in many containers; a sandbox needs none.
            tls::trusting_nobody()
        };
        let tls = tls.map_err(|error| ConfigError::Tls(Box::new(error)))?;
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .connect_timeout(self.connect_timeout);
        let failed = |error| ConfigError::Http(Box::new(Failed(error)));
        if let Some(proxy) = proxy {
            client = client.proxy(proxy.for_all().map_err(failed)?);
        }
        client.build().map_err(failed)
    }
}

/// Sends requests over a pool of kept-alive connections.
///
/// A kept-alive connection may have been closed by KakaoPay meanwhile. If that shows before the
/// first byte is written, another connection is used; afterwards the outcome is unknown.
pub(crate) struct HttpTransport {
    client: reqwest::Client,
    timeout: Duration,
    base_url: BaseUrl,
}

impl HttpTransport {
    pub(crate) fn new(base_url: BaseUrl, settings: HttpSettings) -> Result<Self, ConfigError> {
        let timeout = settings.timeout;
        let client = settings.client(&base_url)?;
        Ok(Self {
            client,
            timeout,
            base_url,
        })
    }

    async fn exchange(
        &self,
        request: TransportRequest,
    ) -> Result<TransportResponse, TransportError> {
        let authorization = format!("SECRET_KEY {}", request.secret_key.expose());
        let mut authorization = HeaderValue::try_from(authorization)
            .map_err(|error| TransportError::NotSent(Box::new(error)))?;
        authorization.set_sensitive(true);
        let answer = self
            .client
            .post(self.base_url.join(request.endpoint.path()))
            .timeout(self.timeout)
            .header(USER_AGENT, HeaderValue::from_static(AGENT))
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(request.body)
            .send()
            .await
            .map_err(failure)?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(seconds);
        let date = answer.headers().get(DATE).and_then(instant);
        Ok(TransportResponse {
            status,
            retry_after,
            date,
            body: read(answer).await?,
        })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        Box::pin(self.exchange(request))
    }

    fn base_url(&self) -> Option<&BaseUrl> {
        Some(&self.base_url)
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.timeout)
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
