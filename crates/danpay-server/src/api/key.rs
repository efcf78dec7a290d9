//! API keys: `danpay_sk_`, 52 characters of randomness and 6 of checksum.
//!
//! **Invariant**: a key is shown once, when it is made; the books hold its SHA-256 alone. Keys are
//! random, so a plain hash suffices, and looking it up by the hash leaks no time.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clock::{Entropy, NoRandomness};
use crate::flow::FlowError;
use crate::http::Problem;

const PREFIX: &str = "danpay_sk_";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CHECKSUM_CHARS: usize = 6;

/// A new key. The checksum lets scanners and us tell a key from a typing mistake offline.
pub(crate) fn generate(entropy: &Entropy) -> Result<SecretString, NoRandomness> {
    let secret = base32(&entropy.bytes::<32>()?);
    Ok(format!("{PREFIX}{secret}{}", checksum(&secret)).into())
}

pub(crate) fn hash(key: &SecretString) -> [u8; 32] {
    Sha256::digest(key.expose_secret().as_bytes()).into()
}

fn is_well_formed(key: &str) -> bool {
    key.strip_prefix(PREFIX)
        .and_then(|rest| rest.split_at_checked(rest.len().saturating_sub(CHECKSUM_CHARS)))
        .is_some_and(|(secret, sum)| checksum(secret) == sum)
}

fn checksum(secret: &str) -> String {
    base32(&Sha256::digest(secret.as_bytes()))
        .chars()
        .take(CHECKSUM_CHARS)
        .collect()
}

/// RFC 4648 in lower case, without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        let byte = bytes.get(index / 8).copied().unwrap_or(0);
        usize::from(byte >> (7 - index % 8) & 1)
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|start| {
            let digit = (start..start + 5).fold(0, |digit, index| digit << 1 | bit(index));
            ALPHABET.get(digit).map(|letter| char::from(*letter))
        })
        .collect()
}

/// Lets a request pass that has a stored key.
pub(super) async fn require(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(key) = bearer(&request) else {
        return Problem::unauthorized().into_response();
    };
    match app.flow.store.has_api_key(hash(&key)).await {
        Ok(true) => next.run(request).await,
        Ok(false) => Problem::unauthorized().into_response(),
        Err(error) => Problem::from(FlowError::from(error)).into_response(),
    }
}

/// The key that the request has, if it has the form of one.
pub(super) fn bearer(request: &Request) -> Option<SecretString> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && is_well_formed(key)).then(|| key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_rfc() {
        let cases = [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foobar", "mzxw6ytboi"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_key_is_well_formed_and_a_mistyped_one_is_not() {
        let key = generate(&Entropy::system()).unwrap();
        let key = key.expose_secret();
        assert_eq!(key.len(), PREFIX.len() + 52 + CHECKSUM_CHARS);
        assert!(is_well_formed(key));
        let last = if key.ends_with('a') { "b" } else { "a" };
        let mistyped = [key.get(..key.len() - 1).unwrap(), last].concat();
        for bad in ["", "danpay_sk_", "한글", &mistyped, &key.to_uppercase()] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn two_keys_differ() {
        let generate = || generate(&Entropy::system()).unwrap();
        assert_ne!(hash(&generate()), hash(&generate()));
    }
}
