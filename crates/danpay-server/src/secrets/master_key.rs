//! A master key: 32 random bytes, written as `danpay-master-key-1:` and 64 hexadecimal digits.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};

use super::Place;
use super::ciphertext::{Ciphertext, NONCE_BYTES};

const PREFIX: &str = "danpay-master-key-1:";
pub(super) const KEY_BYTES: usize = 32;

/// Tells keys apart and tells nothing about them: the first 8 hexadecimal digits of the key's SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(super) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) struct MasterKey {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

impl MasterKey {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(key).into();
        Self {
            id: KeyId([a, b, c, d]),
            cipher: XChaCha20Poly1305::new(key.into()),
        }
    }

    /// The keys of a file, one a line. Lines that are empty or begin with `#` say nothing. What is wrong
    /// is told by the line's number.
    pub(super) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let lines = (1..).zip(text.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(|(number, line)| {
            let key = line.strip_prefix(PREFIX).and_then(bytes);
            let key = key.map(|key| Self::new(&key));
            key.ok_or_else(|| format!("line {number} is not {PREFIX} and 64 hexadecimal digits"))
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err("there is no key in it".to_owned());
        }
        Ok(keys)
    }

    /// The key as a line of a file.
    pub(super) fn line(key: &[u8; KEY_BYTES]) -> Zeroizing<String> {
        let mut line = Zeroizing::new(String::with_capacity(PREFIX.len() + 2 * KEY_BYTES + 1));
        line.push_str(PREFIX);
        let digits = key.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        line.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
        line.push('\n');
        line
    }

    pub(super) fn id(&self) -> KeyId {
        self.id
    }

    /// Nothing only if the secret is larger than what the cipher can seal, which is 256 GiB.
    pub(super) fn seal(
        &self,
        place: Place<'_>,
        nonce: [u8; NONCE_BYTES],
        secret: &str,
    ) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: &Ciphertext::associated_data(self.id, place),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        let (key, sealed) = (self.id, &sealed[..]);
        Some(Ciphertext { key, nonce, sealed }.to_bytes())
    }

    pub(super) fn open(
        &self,
        place: Place<'_>,
        ciphertext: &Ciphertext<'_>,
    ) -> Option<SecretString> {
        let payload = Payload {
            msg: ciphertext.sealed,
            aad: &Ciphertext::associated_data(self.id, place),
        };
        let nonce = XNonce::from(ciphertext.nonce);
        let secret = self.cipher.decrypt(&nonce, payload).ok()?;
        String::from_utf8(secret).ok().map(SecretString::from)
    }
}

fn bytes(digits: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != KEY_BYTES || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(pairs) {
        for digit in pair {
            let digit = char::from(*digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(digit).ok()?;
        }
    }
    Some(key)
}
