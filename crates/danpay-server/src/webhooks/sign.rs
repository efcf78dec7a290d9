//! Signatures by Standard Webhooks 1.0 (standardwebhooks.com): whoever shares the secret knows that a message
//! is ours, whole, and of now.
//!
//! **Invariant**: the secret is in no log, no error and no `Debug`.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The headers of a message.
pub(crate) const ID: HeaderName = HeaderName::from_static("webhook-id");
pub(crate) const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

const PREFIX: &str = "whsec_";
/// A block of HMAC-SHA-256.
const BLOCK: usize = 64;
/// The least that the specification takes; its most is a block.
const LEAST: usize = 24;

/// Why a text is no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be whsec_ and the base64 of 24 to 64 random bytes, as `openssl rand -base64 32` makes them"
)]
pub(crate) struct InvalidSecret;

/// What messages to one receiver are signed with.
#[derive(Clone)]
pub(crate) struct SigningSecret {
    /// Filled up with zeros, as HMAC does it.
    block: [u8; BLOCK],
}

impl SigningSecret {
    pub(crate) fn parse(text: &SecretString) -> Result<Self, InvalidSecret> {
        let encoded = text.expose_secret().trim().strip_prefix(PREFIX);
        let key = encoded.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let key = key.filter(|key| (LEAST..=BLOCK).contains(&key.len()));
        let key = key.ok_or(InvalidSecret)?;
        let mut block = [0; BLOCK];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = from);
        Ok(Self { block })
    }

    /// The signature of a message of this id that is sent now.
    pub(crate) fn sign(&self, id: &str, now: Timestamp, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new(&self.block.into());
        mac.update(format!("{id}.{}.", now.as_second()).as_bytes());
        mac.update(body);
        let code: [u8; 32] = mac.finalize().into_bytes().into();
        format!("v1,{}", BASE64_STANDARD.encode(code))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Result<SigningSecret, InvalidSecret> {
        SigningSecret::parse(&text.into())
    }

    /// The one that the reference libraries of Standard Webhooks are tested with.
    #[test]
    fn the_published_message_has_the_published_signature() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", now, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
    }

    #[test]
    fn what_is_signed_is_the_id_the_second_and_every_byte_of_the_body() {
        let secret = secret(&format!("whsec_{}", BASE64_STANDARD.encode([7; 64]))).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let signature = secret.sign("a", at(1), b"{}");
        for other in [
            secret.sign("b", at(1), b"{}"),
            secret.sign("a", at(2), b"{}"),
            secret.sign("a", at(1), b"{} "),
        ] {
            assert_ne!(signature, other);
        }
    }

    #[test]
    fn what_is_too_short_too_long_or_no_base64_is_no_secret_and_is_not_repeated() {
        let of = |bytes: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; bytes]));
        for bad in [
            String::new(),
            "whsec_".to_owned(),
            "whsec_not base64".to_owned(),
            of(23),
            of(65),
            of(32).replace("whsec_", ""),
        ] {
            let error = secret(&bad).unwrap_err().to_string();
            assert!(bad.len() < 8 || !error.contains(&bad), "{error}");
        }
        assert!(secret(&of(24)).is_ok() && secret(&of(64)).is_ok());
    }
}
