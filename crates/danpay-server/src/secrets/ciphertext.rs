//! A sealed secret, as bytes: the version, the key's id, the nonce, then the ciphertext with its tag.

use super::Place;
use super::master_key::KeyId;

/// XChaCha20-Poly1305 with the master key itself.
const VERSION: u8 = 1;

pub(super) const NONCE_BYTES: usize = 24;

/// The parts of a sealed secret, none of them checked yet.
pub(super) struct Ciphertext<'a> {
    pub(super) key: KeyId,
    pub(super) nonce: [u8; NONCE_BYTES],
    pub(super) sealed: &'a [u8],
}

impl<'a> Ciphertext<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (&nonce, sealed) = rest.split_first_chunk()?;
        let key = KeyId(*key);
        (version == VERSION).then_some(Self { key, nonce, sealed })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&[VERSION], &self.key.0[..], &self.nonce, self.sealed].concat()
    }

    /// What is sealed in with the secret: how, and for which place. Each name comes after its length,
    /// so that no two places give the same bytes.
    pub(super) fn associated_data(key: KeyId, place: Place<'_>) -> Vec<u8> {
        let mut data = vec![VERSION];
        data.extend(key.0);
        for name in [place.table, place.row, place.column] {
            data.extend((name.len() as u64).to_le_bytes());
            data.extend(name.as_bytes());
        }
        data
    }
}
