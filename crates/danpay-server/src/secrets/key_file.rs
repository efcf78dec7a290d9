//! The file of the master keys: the first one seals, those after it open what older ones have sealed.
//!
//! **Invariant**: a file that is there is never written, so no key is ever lost to a new one. What we
//! have made ourselves is believed only as we made it: a file of ours that nobody else may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use super::master_key::{KEY_BYTES, MasterKey};
use crate::clock::{Entropy, NoRandomness};
use crate::config::Config;
use crate::limits;
use crate::private_file::create_private;
use crate::store::sqlite_file;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Servers that share a database must share the key as well, so none is made.
    #[error(
        "master_key_file (DANPAY_MASTER_KEY_FILE) is not set: with PostgreSQL, secrets are stored only \
         under a master key that every server is given; docs/operations.md says how to make one"
    )]
    NotSet,
    /// The file cannot be read, made, or used as it is.
    #[error("the master key {path} (master_key_file, DANPAY_MASTER_KEY_FILE): {problem}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why, and the way out.
        problem: String,
    },
    /// No key can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Where the master keys are.
#[derive(Debug)]
pub(super) enum KeyFile {
    /// The setting names it. Whoever set it up says who may read it: secrets that a machine is given
    /// are often links, and root's.
    Set(PathBuf),
    /// Beside a SQLite database, as we make it ourselves.
    Beside(PathBuf),
    /// Nowhere.
    Unset,
}

impl KeyFile {
    pub(super) fn of(config: &Config) -> Self {
        let database = sqlite_file(config.database_url.expose_secret());
        match (&config.master_key_file, database) {
            (Some(path), _) => Self::Set(path.clone()),
            (None, Ok(path)) => Self::Beside(with_suffix(path, "master-key")),
            (None, Err(_)) => Self::Unset,
        }
    }

    /// The keys; none if none has been made yet.
    pub(super) fn read(&self) -> Result<Vec<MasterKey>, MasterKeyError> {
        match self {
            Self::Set(path) => keys_in(File::open(path), path),
            Self::Beside(path) => match open_own(path) {
                Ok(file) => keys_in(Ok(private(file, path)?), path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => keys_in(Err(error), path),
            },
            Self::Unset => Ok(Vec::new()),
        }
    }

    /// Makes the first key, if that is ours to do. Of several that make it at once all get the same.
    pub(super) fn make(&self, entropy: &Entropy) -> Result<Vec<MasterKey>, MasterKeyError> {
        let Self::Beside(path) = self else {
            return Err(MasterKeyError::NotSet);
        };
        let key = Zeroizing::new(entropy.bytes::<KEY_BYTES>()?);
        let part = with_suffix(
            path,
            &format!("{:08x}", u32::from_be_bytes(entropy.bytes()?)),
        );
        let made = put(&MasterKey::line(&key), &part, path);
        let _ = fs::remove_file(&part);
        match made {
            Ok(()) => tracing::warn!(
                path = %path.display(),
                "a master key was made: keep a copy of it apart from the database's backups, which \
                 are of no use for stored secrets without it"
            ),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unusable(path, &error)),
        }
        self.read()
    }

    /// Which keys are here, in words.
    pub(super) fn holds(&self, keys: &[MasterKey]) -> String {
        match self {
            Self::Unset => "no master key is set".to_owned(),
            Self::Beside(path) if keys.is_empty() => format!("there is no {}", path.display()),
            Self::Set(path) | Self::Beside(path) => {
                let ids: Vec<String> = keys.iter().map(|key| key.id().to_string()).collect();
                format!("{} holds {} only", path.display(), ids.join(", "))
            }
        }
    }
}

/// Under its name only when all of it is on the disk, and only if nothing has that name: a link, unlike
/// a rename, replaces nothing.
fn put(line: &str, part: &Path, path: &Path) -> io::Result<()> {
    let mut file = create_private(part)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    fs::hard_link(part, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Follows no link, and waits for nobody who would write into a pipe.
fn open_own(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options.open(path)
}

/// The file, if it is as we make it.
fn private(file: File, path: &Path) -> Result<File, MasterKeyError> {
    let metadata = file.metadata().map_err(|error| unusable(path, &error))?;
    let name = path.display();
    let problem = if !metadata.is_file() {
        "it is not a file; name another one by master_key_file".to_owned()
    } else if metadata.uid() != geteuid().as_raw() {
        format!(
            "it belongs to another user (uid {}); chown it to danpay's",
            metadata.uid()
        )
    } else if metadata.mode() & 0o077 != 0 {
        format!("others may read or write it; run `chmod 600 {name}`")
    } else {
        return Ok(file);
    };
    Err(unusable(path, &problem))
}

fn keys_in(file: io::Result<File>, path: &Path) -> Result<Vec<MasterKey>, MasterKeyError> {
    let most = limits::MASTER_KEY_FILE_BYTES;
    // It never grows, which would leave a copy of the keys behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 64));
    file.and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unusable(path, &error))?;
    let keys = if bytes.len() > most {
        Err(format!("it has more than {most} bytes"))
    } else {
        let text = str::from_utf8(&bytes).map_err(|_| "it is not text".to_owned());
        text.and_then(MasterKey::parse_all)
    };
    keys.map_err(|problem| unusable(path, &problem))
}

fn unusable(path: &Path, problem: &impl ToString) -> MasterKeyError {
    MasterKeyError::Unusable {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
