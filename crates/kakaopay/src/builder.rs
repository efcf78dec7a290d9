//! How a client is set up.
//! Invariant: a client that was built can send; whatever is wrong with its settings is said here,
//! without the settings' secrets.

use std::{error::Error, sync::Arc, time::Duration};

use crate::{
    BaseUrl, Cid, CidSecret, HttpTransport, InvalidBaseUrl, InvalidField, InvalidProxyUrl,
    KakaoPay, ProxyUrl, SecretKey, Timeouts, Transport, client::Inner,
};

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The secret key is empty, too long, or does not fit into a header.
    #[error(transparent)]
    SecretKey(#[from] InvalidField),
    /// Secrets cannot be sent to the base URL.
    #[error(transparent)]
    BaseUrl(#[from] InvalidBaseUrl),
    /// No such proxy can be used.
    #[error(transparent)]
    Proxy(#[from] InvalidProxyUrl),
    /// TLS or the HTTP client could not be set up, for instance without root certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}

/// Settings of a client, from [`KakaoPay::builder`].
#[must_use]
pub struct Builder {
    secret_key: Result<SecretKey, InvalidField>,
    cid: Cid,
    cid_secret: Option<CidSecret>,
    base_url: String,
    allow_http: bool,
    proxy: Result<Option<ProxyUrl>, InvalidProxyUrl>,
    timeouts: Timeouts,
    transport: Option<Arc<dyn Transport>>,
}

impl Builder {
    pub(crate) fn new(secret_key: String) -> Self {
        Self {
            secret_key: SecretKey::try_from(secret_key),
            cid: Cid::test_one_time(),
            cid_secret: None,
            base_url: BaseUrl::default().to_string(),
            allow_http: false,
            proxy: Ok(None),
            timeouts: Timeouts::default(),
            transport: None,
        }
    }

    /// The merchant code of requests that name none. `TC0ONETIME`, KakaoPay's test code, if unset.
    pub fn cid(mut self, cid: Cid) -> Self {
        self.cid = cid;
        self
    }

    /// The key of that merchant code, if KakaoPay has issued one. It goes with no other code.
    pub fn cid_secret(mut self, cid_secret: CidSecret) -> Self {
        self.cid_secret = Some(cid_secret);
        self
    }

    /// Where KakaoPay is; `https://open-api.kakaopay.com` if unset. https is demanded, except for
    /// this machine (`localhost`, `127.0.0.1`, `::1`).
    pub fn base_url(mut self, base_url: impl AsRef<str>) -> Self {
        base_url.as_ref().clone_into(&mut self.base_url);
        self
    }

    /// Whether the base URL may be one of another machine over plain http, as of a sandbox in another
    /// container. Nothing goes there then but what goes with KakaoPay's test merchant codes.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// A proxy by way of which KakaoPay is reached: `http://`, `https://`, `socks5://` or `socks5h://`,
    /// with user and password if it wants them. None if unset; those of the environment are not used,
    /// and a base URL of this machine is reached without it.
    pub fn proxy(mut self, proxy: impl AsRef<str>) -> Self {
        self.proxy = proxy.as_ref().parse().map(Some);
        self
    }

    /// Limit for name resolution, TCP and TLS together; 3 s if unset.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.connect = limit;
        self
    }

    /// Limit for a whole call; 15 s if unset. Keep it above KakaoPay's own 11 s, or approved
    /// payments will look lost.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeouts.call = limit;
        self
    }

    /// What carries the requests, instead of HTTPS; the time limits are its own business then.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Whether a client can be built, as far as the settings tell: TLS and the HTTP client are not set up.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.checked().map(|_| ())
    }

    /// The client, ready to send. Opens no connection.
    pub fn build(self) -> Result<KakaoPay, ConfigError> {
        let (secret_key, base_url, proxy) = self.checked()?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new(
                base_url.clone(),
                self.timeouts,
                proxy.as_ref(),
            )?),
        };
        Ok(KakaoPay::new(Inner {
            transport,
            secret_key,
            cid: self.cid,
            cid_secret: self.cid_secret,
            base_url,
        }))
    }

    fn checked(&self) -> Result<(SecretKey, BaseUrl, Option<ProxyUrl>), ConfigError> {
        let base_url = if self.allow_http {
            BaseUrl::also_over_http(&self.base_url)?
        } else {
            self.base_url.parse()?
        };
        if base_url.is_open() && !self.cid.is_test() {
            return Err(InvalidBaseUrl::RealCode.into());
        }
        Ok((self.secret_key.clone()?, base_url, self.proxy.clone()?))
    }
}
