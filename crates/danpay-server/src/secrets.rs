//! Secrets at rest: what the database holds of them is of no use without the master key, which is in a
//! file apart from the database.
//!
//! **Invariant**: a ciphertext opens only at the place it was sealed for, so that nobody who can write
//! the database can give one row the secret of another. No key and no secret is in an error or a log.

mod ciphertext;
mod key_file;
mod master_key;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::clock::{Entropy, NoRandomness};
use crate::config::Config;
use ciphertext::Ciphertext;
use key_file::KeyFile;
pub use key_file::MasterKeyError;
pub use master_key::KeyId;
use master_key::MasterKey;

/// Where in the database a secret is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's primary key, as text.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no master key that could be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// It was sealed under a master key that is not here.
    #[error(
        "{place} was stored under the master key {needed}, and {why}: add that key to the file of \
         master_key_file (DANPAY_MASTER_KEY_FILE)"
    )]
    UnknownKey {
        /// Which secret.
        place: String,
        /// The key that opens it.
        needed: KeyId,
        /// Which keys are here, or why there is none.
        why: String,
    },
    /// It does not open: it was changed, or it was sealed for another place.
    #[error("{0} does not open: it was changed, or it belongs to another row")]
    Damaged(String),
    /// The cipher cannot seal as much.
    #[error("{0} is too long")]
    TooLong(String),
    /// No nonce can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Seals and opens secrets. Clones are one and the same.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    file: KeyFile,
    entropy: Entropy,
    /// The first one seals, all of them open. None yet if the file is still to be made.
    keys: Mutex<Arc<[MasterKey]>>,
}

impl Vault {
    /// Reads the master key of the settings. Without the setting, SQLite's is beside the database,
    /// and is made when the first secret is sealed.
    pub fn load(config: &Config, entropy: Entropy) -> Result<Self, MasterKeyError> {
        let file = KeyFile::of(config);
        let keys = Mutex::new(file.read()?.into());
        Ok(Self(Arc::new(Inner {
            file,
            entropy,
            keys,
        })))
    }

    /// With this master key, and no file: for simulations.
    #[cfg(feature = "simulation")]
    pub fn of_key(key: &[u8; 32], entropy: Entropy) -> Self {
        let keys = Mutex::new([MasterKey::new(key)].into());
        Self(Arc::new(Inner {
            file: KeyFile::Unset,
            entropy,
            keys,
        }))
    }

    /// The secret as the database may hold it, at this place alone. The first one may wait for the disk,
    /// while a master key is made.
    pub fn seal(&self, place: Place<'_>, secret: &SecretString) -> Result<Vec<u8>, SecretError> {
        let mut keys = self.keys();
        if keys.is_empty() {
            keys = self.keep(self.0.file.make(&self.0.entropy)?);
        }
        // A file that was read or made has at least one key.
        let current = keys.first().ok_or(MasterKeyError::NotSet)?;
        let nonce = self.0.entropy.bytes()?;
        current
            .seal(place, nonce, secret.expose_secret())
            .ok_or_else(|| SecretError::TooLong(place.to_string()))
    }

    /// The secret that was sealed for this place. A key that has come into the file since it was read
    /// is found.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<SecretString, SecretError> {
        let damaged = || SecretError::Damaged(place.to_string());
        let ciphertext = Ciphertext::parse(sealed).ok_or_else(damaged)?;
        let mut keys = self.keys();
        if !keys.iter().any(|key| key.id() == ciphertext.key) {
            let read = self.0.file.read();
            let unknown = |why: String| SecretError::UnknownKey {
                place: place.to_string(),
                needed: ciphertext.key,
                why,
            };
            let read = read.map_err(|error| unknown(error.to_string()))?;
            if !read.iter().any(|key| key.id() == ciphertext.key) {
                return Err(unknown(self.0.file.holds(&read)));
            }
            keys = self.keep(read);
        }
        let candidates = keys.iter().filter(|key| key.id() == ciphertext.key);
        let mut opened = candidates.filter_map(|key| key.open(place, &ciphertext));
        opened.next().ok_or_else(damaged)
    }

    /// Whether it was sealed under the key that seals now. What was not can be sealed again, and then
    /// the old key may go.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let key = Ciphertext::parse(sealed).map(|ciphertext| ciphertext.key);
        key.is_some() && key == self.key_id()
    }

    /// The key that seals; none while there is none.
    pub fn key_id(&self) -> Option<KeyId> {
        self.keys().first().map(MasterKey::id)
    }

    fn keys(&self) -> Arc<[MasterKey]> {
        let keys = self.0.keys.lock();
        Arc::clone(&keys.unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, read: Vec<MasterKey>) -> Arc<[MasterKey]> {
        let read: Arc<[MasterKey]> = read.into();
        let mut keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::clone(&read);
        read
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<KeyId> = self.keys().iter().map(MasterKey::id).collect();
        write!(f, "Vault({:?}, {ids:?})", self.0.file)
    }
}

#[cfg(test)]
mod tests;
