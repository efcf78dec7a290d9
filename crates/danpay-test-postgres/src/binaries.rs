//! Where PostgreSQL's programs are. Debian keeps them out of the path.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Names the folder of the programs, where it is not one of the usual ones.
const VARIABLE: &str = "DANPAY_POSTGRES_BIN";
/// Debian's folder of all versions.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The folder that holds `initdb` and `postgres`: the one named, else the newest version.
pub(crate) fn folder() -> Result<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let usual = versions()
        .into_iter()
        .chain(std::env::split_paths(&in_path));
    let mut places = named.into_iter().chain(usual);
    places.find(|place| is_complete(place)).with_context(|| {
        format!(
            "PostgreSQL's server is not installed (no initdb and postgres in {VERSIONS}/*/bin or \
             the path): `cargo xtask test` installs it, or as root on Debian `apt-get install \
             postgresql`; elsewhere, name the folder of its programs in {VARIABLE}"
        )
    })
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "psql"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// Debian's, the newest version first.
fn versions() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(VERSIONS) else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, bin)| bin).collect()
}
