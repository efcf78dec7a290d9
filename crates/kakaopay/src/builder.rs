//! How a client is set up.
//! Invariant: a client that was built can send; whatever is wrong with its settings is said here,
//! without the settings' secrets.

use std::{sync::Arc, time::Duration};

#[cfg(feature = "http-client")]
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::{
    BaseUrl, Cid, CidSecret, ConfigError, InvalidBaseUrl, InvalidField, KakaoPay, SecretKey,
    Transport, client::Inner,
};
#[cfg(feature = "http-client")]
use crate::{
    InvalidProxyUrl,
    http_transport::{HttpSettings, HttpTransport},
};

/// That of a transport which names none: the HTTP client's own.
const ASSUMED_TIMEOUT: Duration = Duration::from_secs(15);

/// Settings of a client, from [`KakaoPay::builder`].
///
/// ```
/// use kakaopay::KakaoPay;
///
/// let kakaopay = KakaoPay::builder("PRD0123456789ABCDEF0123456789ABCDEF01234")
///     .cid("C123456789".parse()?) // Without it: TC0ONETIME, KakaoPay's test code.
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct KakaoPayBuilder {
    secret_key: Result<SecretKey, InvalidField>,
    cid: Cid,
    cid_secret: Option<CidSecret>,
    base_url: String,
    allow_http: bool,
    transport: Option<Arc<dyn Transport>>,
    #[cfg(feature = "http-client")]
    http: HttpSettings,
    #[cfg(feature = "http-client")]
    proxy: Result<(), InvalidProxyUrl>,
    #[cfg(feature = "http-client")]
    are_roots_valid: bool,
}

impl KakaoPayBuilder {
    pub(crate) fn new(secret_key: String) -> Self {
        Self {
            secret_key: SecretKey::try_from(secret_key),
            cid: Cid::test_one_time(),
            cid_secret: None,
            base_url: BaseUrl::default().to_string(),
            allow_http: false,
            transport: None,
            #[cfg(feature = "http-client")]
            http: HttpSettings::default(),
            #[cfg(feature = "http-client")]
            proxy: Ok(()),
            #[cfg(feature = "http-client")]
            are_roots_valid: true,
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

    /// What carries the requests, instead of HTTPS. Time limits, proxy and certificates are its own
    /// business then.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Whether a client can be built, as far as the settings tell: TLS and the HTTP client are not set up.
    ///
    /// # Errors
    ///
    /// What [`build`](Self::build) would refuse.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.checked().map(|_| ())
    }

    /// The client, ready to send. Opens no connection. It has to be used within a Tokio runtime, unless
    /// it has a [`transport`](Self::transport) that needs none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the setting that cannot be used.
    pub fn build(self) -> Result<KakaoPay, ConfigError> {
        let (secret_key, base_url) = self.checked()?;
        #[cfg(feature = "http-client")]
        let transport = match self.transport {
            Some(own) => own,
            None => Arc::new(HttpTransport::new(base_url.clone(), self.http)?),
        };
        #[cfg(not(feature = "http-client"))]
        let transport = self.transport.ok_or(ConfigError::NoTransport)?;
        Ok(KakaoPay::new(Inner {
            timeout: transport.timeout().unwrap_or(ASSUMED_TIMEOUT),
            transport,
            secret_key,
            cid: self.cid,
            cid_secret: self.cid_secret,
            base_url,
        }))
    }

    fn checked(&self) -> Result<(SecretKey, BaseUrl), ConfigError> {
        let of_transport = self.transport.as_ref().and_then(|own| own.base_url());
        let base_url = match of_transport {
            Some(base_url) => base_url.clone(),
            None if self.allow_http => BaseUrl::also_over_http(&self.base_url)?,
            None => self.base_url.parse()?,
        };
        if base_url.is_open() && !self.cid.is_test() {
            return Err(InvalidBaseUrl::RealCode.into());
        }
        #[cfg(feature = "http-client")]
        if self.transport.is_none() {
            self.proxy?;
            self.http.check(&base_url)?;
            if !self.are_roots_valid {
                return Err(ConfigError::Certificate);
            }
        }
        Ok((self.secret_key.clone()?, base_url))
    }
}

/// The way over HTTPS.
#[cfg(feature = "http-client")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-client")))]
impl KakaoPayBuilder {
    /// A proxy by way of which KakaoPay is reached: `http://`, `https://`, `socks5://` or `socks5h://`,
    /// with user and password if it wants them. None if unset; those of the environment are not used,
    /// and a base URL of this machine is reached without it.
    pub fn proxy(mut self, proxy: impl AsRef<str>) -> Self {
        self.proxy = proxy.as_ref().parse().map(|proxy| {
            self.http.proxy = Some(proxy);
        });
        self
    }

    /// Certificates (PEM, one or several) of authorities that are trusted beside the machine's own: of
    /// a proxy that reads along, or of a sandbox with TLS.
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        let roots = CertificateDer::pem_slice_iter(pem.as_ref()).collect::<Result<Vec<_>, _>>();
        self.are_roots_valid = roots.as_ref().is_ok_and(|roots| !roots.is_empty());
        self.http.roots = roots.unwrap_or_default();
        self
    }

    /// Limit for name resolution, TCP and TLS together; 3 s if unset.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = limit;
        self
    }

    /// Limit for a whole call; 15 s if unset. KakaoPay itself gives up after 11 s, so no more than that
    /// is an error: payments that were made would look lost. A base URL of this machine may have any
    /// limit, for tests. A longer limit makes the 30 s of [`settling`](crate::settling) longer by as much.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.http.timeout = limit;
        self
    }

    /// An HTTP client of your own, in the version of [`reqwest`](crate::reqwest) that this crate uses.
    /// Of the settings here only [`timeout`](Self::timeout) holds for it.
    ///
    /// Build it with `redirect(Policy::none())` and `retry(retry::never())`: a client that sends a call
    /// a second time may take a payment for refused that was made.
    ///
    /// **`reqwest::Client::builder().build()` panics** in a process that has no provider of cryptography
    /// ("No rustls crypto provider is configured"), because this crate turns none on for the whole
    /// process. Either the process installs one first, with a `rustls` of its own
    /// (`rustls::crypto::ring::default_provider().install_default()`), or the client is given its TLS
    /// (`tls_backend_preconfigured`).
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http.client = Some(client);
        self
    }
}
