//! What keeps a client from being built.
//! Invariant: it names the setting and shows nothing of a secret in it.

use std::{error::Error, time::Duration};

#[cfg(feature = "http-client")]
use crate::InvalidProxyUrl;
use crate::{InvalidBaseUrl, InvalidField};

/// Why a client cannot be built.
///
/// ```
/// use kakaopay::{ConfigError, KakaoPay};
///
/// let error = KakaoPay::builder("").build().unwrap_err();
/// assert!(matches!(error, ConfigError::SecretKey(_)));
/// assert_eq!(error.to_string(), "secret_key must be 1 to 512 characters long, but is 0");
/// ```
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
    #[cfg(feature = "http-client")]
    #[error(transparent)]
    Proxy(#[from] InvalidProxyUrl),
    /// The limit of a call is so short that payments which were made would look lost.
    #[error(
        "the time limit of a call must be above {above:?}, which KakaoPay may take, but is {given:?}"
    )]
    Timeout {
        /// The limit given.
        given: Duration,
        /// What it has to be above.
        above: Duration,
    },
    /// There is no certificate in PEM among the root certificates, or something else as well.
    #[error("the root certificates must be certificates in PEM")]
    Certificate,
    /// No [`transport`](crate::KakaoPayBuilder::transport) was given, and the feature `http-client`,
    /// which has one, is off.
    #[error("a transport is needed, since the feature `http-client` is off")]
    NoTransport,
    /// TLS could not be set up: a container without root certificates, most likely.
    #[error(
        "TLS cannot be set up: {0}; are the machine's root certificates (ca-certificates) installed?"
    )]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[source] Box<dyn Error + Send + Sync>),
}
