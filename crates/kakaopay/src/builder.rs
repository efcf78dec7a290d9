//! How a client is set up.
//! Invariant: a client that was built can send; whatever is wrong with its settings is said here,
//! without the settings' secrets.

use std::{error::Error, sync::Arc, time::Duration};

use crate::{
    BaseUrl, Cid, CidSecret, HttpTransport, InvalidBaseUrl, InvalidField, KakaoPay, SecretKey,
    Timeouts, Transport, client::Inner,
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
    /// TLS or the HTTP client could not be set up, for instance without root certificates.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}

/// Settings of a client, from [`KakaoPay::builder`].
#[must_use]
pub struct Builder {
    secret_key: Result<SecretKey, InvalidField>,
    cid: Cid,
    cid_secret: Option<CidSecret>,
    base_url: Result<BaseUrl, InvalidBaseUrl>,
    timeouts: Timeouts,
    transport: Option<Arc<dyn Transport>>,
}

impl Builder {
    pub(crate) fn new(secret_key: String) -> Self {
        Self {
            secret_key: SecretKey::try_from(secret_key),
            cid: Cid::test_one_time(),
            cid_secret: None,
            base_url: Ok(BaseUrl::default()),
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
        self.base_url = base_url.as_ref().parse();
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

    /// The client, ready to send. Opens no connection.
    pub fn build(self) -> Result<KakaoPay, ConfigError> {
        let base_url = self.base_url?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new(base_url.clone(), self.timeouts)?),
        };
        Ok(KakaoPay::new(Inner {
            transport,
            secret_key: self.secret_key?,
            cid: self.cid,
            cid_secret: self.cid_secret,
            base_url,
        }))
    }
}
