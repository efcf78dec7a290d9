//! API keys: `danpay_sk_`, 52 characters of randomness and 6 of checksum.
//!
//! **Invariant**: a key is shown once, when it is made; the database holds its SHA-256 alone. Keys are
//! random, so a plain hash suffices, and looking it up by the hash leaks no time.

use danpay_core::ShopId;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::clock::{Clock, Entropy, NoRandomness};
use crate::start_error::StartError;
use crate::store::Store;
use crate::store::keys::{Add, ApiKey, Role};

pub(crate) const PREFIX: &str = "danpay_sk_";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CHECKSUM_CHARS: usize = 6;

/// A new key. The checksum lets scanners and us tell a key from a typing mistake offline.
pub(crate) fn generate(entropy: &Entropy) -> Result<SecretString, NoRandomness> {
    let secret = base32(&entropy.bytes::<32>()?);
    Ok(format!("{PREFIX}{secret}{}", checksum(&secret)).into())
}

/// A key that no database knows.
pub fn new_api_key() -> Result<SecretString, NoRandomness> {
    generate(&Entropy::system())
}

pub(crate) fn hash(key: &SecretString) -> [u8; 32] {
    Sha256::digest(key.expose_secret().as_bytes()).into()
}

pub(crate) fn is_well_formed(key: &str) -> bool {
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

/// A key that is to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose.
    pub shop_id: ShopId,
    /// What to call it; unique in its shop, 1 to 100 characters.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// From when on it is not taken, UTC.
    pub expires_at: Option<Timestamp>,
}

/// Makes a key. It cannot be shown a second time.
pub(crate) async fn create(
    store: &Store,
    clock: &Clock,
    entropy: &Entropy,
    new: NewKey,
) -> Result<SecretString, StartError> {
    let key = generate(entropy)?;
    add(store, clock, &key, new).await?;
    Ok(key)
}

/// Stores a key that was given.
pub(crate) async fn add(
    store: &Store,
    clock: &Clock,
    key: &SecretString,
    new: NewKey,
) -> Result<(), StartError> {
    let NewKey {
        shop_id,
        name,
        role,
        expires_at,
    } = new;
    let added = Add {
        hash: hash(key),
        key: ApiKey {
            shop_id,
            name: name.clone(),
            role,
            created_at: clock.machine(),
            expires_at,
            revoked_at: None,
            last_used_at: None,
        },
    };
    if store.ask(added).await? {
        Ok(())
    } else {
        Err(StartError::KeyName(name))
    }
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
