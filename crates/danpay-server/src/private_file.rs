//! Files that only their owner may read.
//!
//! **Invariant**: what is made here is its owner's alone, whatever the umask says: payers' tokens and keys
//! are in such files.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::process::geteuid;

/// To write a file that nobody else may read, if it is made.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// Makes a file that was not there.
pub fn create_private(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

/// The same in the place of what has this name, which may be open to others.
pub fn create_private_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create_private(path),
    }
}

/// Keeps others out of a file of ours that is there; of nobody else's. Whether they could come in.
pub(crate) fn make_private(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    let was_open = metadata.mode() & 0o077 != 0 && metadata.uid() == geteuid().as_raw();
    if was_open {
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(was_open)
}
