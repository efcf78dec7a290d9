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

pub(super) const PREFIX: &str = "whsec_";
/// What a derived secret is for.
const DERIVED: &[u8] = b"danpay webhook secret of a developer's machine";
/// A block of HMAC-SHA-256.
const BLOCK: usize = 64;
/// The least that the specification takes; its most is a block.
const LEAST: usize = 24;

/// Why a text is no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be whsec_ and the base64 of 24 to 64 random bytes, as `openssl rand -base64 32` makes them"
)]
pub struct InvalidSecret;

/// What messages to one receiver are signed with.
#[derive(Clone)]
pub struct SigningSecret {
    /// Filled up with zeros, as HMAC does it.
    block: [u8; BLOCK],
}

impl SigningSecret {
    /// The secret, if it is one: `whsec_` and the base64 of 24 to 64 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, InvalidSecret> {
        let encoded = text.expose_secret().trim().strip_prefix(PREFIX);
        let key = encoded.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let key = key.filter(|key| (LEAST..=BLOCK).contains(&key.len()));
        let key = key.ok_or(InvalidSecret)?;
        Ok(Self::filled(&key))
    }

    fn filled(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self { block }
    }

    fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.block.into());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// One that is made of another secret, always the same: whoever has it does not learn that one.
    pub fn derived(from: &SecretString) -> SecretString {
        let code = Self::filled(from.expose_secret().as_bytes()).code(&[DERIVED]);
        format!("{PREFIX}{}", BASE64_STANDARD.encode(code)).into()
    }

    /// The headers of a message of this id that is sent now, as Standard Webhooks names them.
    pub fn headers(&self, id: &str, now: Timestamp, body: &[u8]) -> [(HeaderName, String); 3] {
        headers(std::slice::from_ref(self), id, now, body)
    }

    /// The signature of a message of this id that is sent now.
    pub(crate) fn sign(&self, id: &str, now: Timestamp, body: &[u8]) -> String {
        let signed = format!("{id}.{}.", now.as_second());
        let code = self.code(&[signed.as_bytes(), body]);
        format!("v1,{}", BASE64_STANDARD.encode(code))
    }
}

/// The headers of a message that is signed with each of these secrets.
pub(super) fn headers(
    secrets: &[SigningSecret],
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> [(HeaderName, String); 3] {
    let signatures = secrets.iter().map(|secret| secret.sign(id, now, body));
    let signatures: Vec<_> = signatures.collect();
    [
        (ID, id.to_owned()),
        (TIMESTAMP, now.as_second().to_string()),
        (SIGNATURE, signatures.join(" ")),
    ]
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
    fn what_is_derived_of_a_key_is_a_secret_always_the_same_and_not_the_key() {
        let key = SecretString::from("danpay_sk_0123456789abcdefghijklmnopqrstuvwxyz0123456789ab");
        let text = SigningSecret::derived(&key);
        assert!(SigningSecret::parse(&text).is_ok());
        let text = text.expose_secret();
        assert_eq!(text, SigningSecret::derived(&key).expose_secret());
        assert!(!text.contains("0123456789"));
        assert_ne!(
            text,
            SigningSecret::derived(&"danpay_sk_1".into()).expose_secret()
        );
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
