//! The shop's API key.
//! Invariant: it shows in no Debug and no error; it goes into the `Authorization` header and nowhere
//! else.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::ConfigError;

/// danpay's own have less than 100.
const CHARS_MAX: usize = 512;

/// The shop's API key (`danpay_sk_…`), which `danpay keys create` prints. Wiped from memory when it is
/// dropped.
///
/// ```
/// let key = danpay_client::ApiKey::from("danpay_sk_01hzy0secret".to_owned());
/// assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
/// ```
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    pub(crate) fn header(&self) -> Result<HeaderValue, ConfigError> {
        let key = self.0.expose_secret();
        let is_one =
            (1..=CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_one {
            return Err(ConfigError::ApiKey);
        }
        let value = HeaderValue::try_from(format!("Bearer {key}"));
        let mut value = value.map_err(|_| ConfigError::ApiKey)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl From<String> for ApiKey {
    fn from(key: String) -> Self {
        Self(key.into())
    }
}

impl From<&str> for ApiKey {
    fn from(key: &str) -> Self {
        Self(key.into())
    }
}

impl From<SecretString> for ApiKey {
    fn from(key: SecretString) -> Self {
        Self(key)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(redacted)")
    }
}
