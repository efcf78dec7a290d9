//! Files by the endings of their names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Those in this folder.
pub(crate) fn files_in(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let (_, mut files) = entries(folder)?;
    files.retain(|file| {
        let ending = file.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    });
    Ok(files)
}

/// The folders in this folder, by name.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut folders, _) = entries(folder)?;
    folders.sort();
    Ok(folders)
}

/// All in this folder and in the folders below it, but for folders of these names.
pub(crate) fn all_below(folder: &Path, left_out: &[&str]) -> Result<Vec<PathBuf>> {
    let (folders, mut files) = entries(folder)?;
    for folder in folders {
        if !left_out.iter().any(|name| folder.ends_with(name)) {
            files.extend(all_below(&folder, left_out)?);
        }
    }
    Ok(files)
}

/// Those in this folder and in all folders below it.
pub(crate) fn files_below(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = files_in(folder, endings)?;
    for folder in entries(folder)?.0 {
        files.extend(files_below(&folder, endings)?);
    }
    Ok(files)
}

/// Folders, and what is none.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    Ok(entries.into_iter().partition(|path| path.is_dir()))
}
