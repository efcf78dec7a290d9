//! How a client is set up.
//! Invariant: a client that was built can send; whatever is wrong with its settings is said here, without
//! the API key.

use std::error::Error;
use std::time::Duration;

use url::{Host, Url};

use crate::http::Http;
use crate::list::Follow;
use crate::{ApiKey, Danpay, Retries};

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address is not an origin with an optional path.
    #[error(
        "the address of danpay must be an origin with an optional path, such as https://pay.shop.example"
    )]
    Url,
    /// The API key would travel in the clear.
    #[error(
        "danpay's address must begin with https://, except for this machine; allow_http is for a private \
         network"
    )]
    Insecure,
    /// The API key is empty, too long, or has characters that it cannot have.
    #[error(
        "not an API key: expected visible ASCII characters, as `danpay keys create` prints them"
    )]
    ApiKey,
    /// TLS or the HTTP client could not be set up, for instance without root certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}

/// Settings of a client, from [`Danpay::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    url: String,
    api_key: ApiKey,
    allow_http: bool,
    connect_timeout: Duration,
    timeout: Duration,
    retries: Retries,
}

impl Builder {
    pub(crate) fn new(url: String, api_key: ApiKey) -> Self {
        Self {
            url,
            api_key,
            allow_http: false,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(30),
            retries: Retries::default(),
        }
    }

    /// Whether plain http to another machine is allowed. The API key is then sent in the clear: for private
    /// networks only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Limit for name resolution, TCP and TLS together; 3 s if it is not set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limit for one attempt; 30 s if it is not set. danpay answers within 25 s: with less, answers are
    /// lost that were on their way.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// How often a call is made again.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The client, ready to send. Opens no connection.
    ///
    /// # Errors
    ///
    /// The address or the API key is invalid, the API key would be sent in the clear, or TLS cannot be set up.
    pub fn build(self) -> Result<Danpay, ConfigError> {
        let url = Url::parse(&self.url).map_err(|_| ConfigError::Url)?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_origin {
            return Err(ConfigError::Url);
        }
        let is_https = url.scheme() == "https";
        if !is_https && !self.allow_http && !is_this_machine(&url) {
            return Err(ConfigError::Insecure);
        }
        let times = (self.connect_timeout, self.timeout);
        let http = Http::new(self.api_key.header()?, is_https, times)?;
        let follow = Follow::within(self.timeout);
        Ok(Danpay::new(http, url, self.retries, follow))
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str, key: &str) -> Result<Danpay, ConfigError> {
        Danpay::builder(url, key).build()
    }

    #[test]
    fn a_key_goes_nowhere_in_the_clear_but_to_this_machine() {
        for url in [
            "http://127.0.0.1:7701",
            "http://localhost",
            "http://[::1]:1/a",
        ] {
            build(url, "danpay_sk_1").unwrap();
        }
        let open = "http://danpay.internal:7701";
        assert!(matches!(build(open, "k"), Err(ConfigError::Insecure)));
        let allowed = Danpay::builder(open, "k").allow_http(true);
        allowed.build().unwrap();
    }

    #[test]
    fn the_processs_default_of_tls_is_left_alone() {
        build("https://pay.shop.example", "k").unwrap();
        build("http://localhost", "k").unwrap();
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }

    #[test]
    fn what_is_wrong_is_named_without_the_key() {
        for url in [
            "",
            "pay.shop.example",
            "ftp://a",
            "http://u:p@localhost",
            "http://localhost?a",
        ] {
            assert!(matches!(build(url, "k"), Err(ConfigError::Url)), "{url}");
        }
        for key in ["", "k y", "키", &"k".repeat(513)] {
            let error = build("http://localhost", key).unwrap_err();
            assert!(matches!(error, ConfigError::ApiKey));
        }
        let danpay = build("http://localhost", "danpay_sk_1").unwrap();
        assert!(!format!("{danpay:?}").contains("danpay_sk_1"));
    }
}
