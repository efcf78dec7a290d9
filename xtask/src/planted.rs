//! `cargo xtask planted`: a copy of the source with bugs in danpay's shell, and the simulation that has to
//! find them there.
//!
//! A bug of the shell is a patch below `crates/danpay-simulation/planted`, named after the file of
//! danpay-server that it changes: no line of what is shipped knows of it. To mend or add one, edit the copy
//! and run `cargo xtask planted --save`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, anyhow, ensure};
use diffy::Patch;

use crate::files::all_below;
use crate::tool;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Below the source, and below the copy.
const PATCHED: &str = "crates/danpay-server/src";
const PATCHES: &str = "crates/danpay-simulation/planted";
const COPY: &str = "target/planted";
/// What is not copied.
const LEFT_OUT: [&str; 2] = ["target", ".git"];
const ENDING: &str = "patch";

pub(crate) fn run(words: &[OsString]) -> Result<ExitCode> {
    let root = Path::new(ROOT);
    if words == ["--save"] {
        save(root)?;
        return Ok(ExitCode::SUCCESS);
    }
    let hunted = tool::status(hunt()?.args(words))?;
    Ok(if hunted.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The simulation's tests, on a copy that is up to date.
pub(crate) fn hunt() -> Result<Command> {
    let root = Path::new(ROOT);
    plant(root)?;
    let mut command = tool::cargo();
    command
        .args(["test", "--locked", "--no-fail-fast", "--profile", "lives"])
        .args(["--package", "danpay-simulation", "--tests"])
        .args(["--features", "planted-bugs"])
        .arg("--target-dir")
        .arg(tool::target()?)
        .arg("--manifest-path")
        .arg(root.join(COPY).join("Cargo.toml"))
        .args(["--", "--nocapture"]);
    Ok(command)
}

/// Makes the copy what the source and the patches say. Only what differs is written, so that only that is
/// built anew.
fn plant(root: &Path) -> Result<()> {
    let copy = root.join(COPY);
    let mut unfit = Vec::new();
    let mut there = BTreeSet::new();
    for file in below(root)? {
        let mut text = fs::read(root.join(&file))?;
        if let Ok(path) = file.strip_prefix(PATCHED) {
            match patched(root, path, &text) {
                Ok(patched) => text = patched,
                Err(error) => unfit.push(format!("{}: {error:#}", copy.join(&file).display())),
            }
        }
        write(&copy.join(&file), &text)?;
        there.insert(file);
    }
    for patch in patches(root)? {
        let file = Path::new(PATCHED).join(&patch);
        if !there.contains(&file) {
            write(&copy.join(&file), &patched(root, &patch, &[])?)?;
            there.insert(file);
        }
    }
    for gone in below(&copy)?.difference(&there) {
        fs::remove_file(copy.join(gone))?;
    }
    ensure!(
        unfit.is_empty(),
        "these bugs no longer fit; edit these files as the patches below {PATCHES} say, and run \
         `cargo xtask planted --save`:\n{}",
        unfit.join("\n")
    );
    Ok(())
}

/// The file with its bugs.
fn patched(root: &Path, path: &Path, text: &[u8]) -> Result<Vec<u8>> {
    let patch = match fs::read_to_string(patch_of(root, path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(text.to_vec()),
        patch => patch?,
    };
    let patch = Patch::from_str(&patch)?;
    Ok(diffy::apply(str::from_utf8(text)?, &patch)?.into_bytes())
}

/// Writes the patches anew: what differs between the source and the copy.
fn save(root: &Path) -> Result<()> {
    let (source, copy) = (root.join(PATCHED), root.join(COPY).join(PATCHED));
    let known: BTreeSet<PathBuf> = patches(root)?.into_iter().collect();
    for file in below(&copy)? {
        let before = match fs::read_to_string(source.join(&file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let after = fs::read_to_string(copy.join(&file))?;
        if before != after {
            let patch = diffy::create_patch(&before, &after).to_string();
            write(&patch_of(root, &file), patch.as_bytes())?;
        } else if known.contains(&file) {
            let (copy, patch) = (copy.join(&file), patch_of(root, &file));
            return Err(anyhow!(
                "{} has no bug: plant it there, or delete {}",
                copy.display(),
                patch.display()
            ));
        }
    }
    Ok(())
}

fn patch_of(root: &Path, path: &Path) -> PathBuf {
    let mut name = root.join(PATCHES).join(path).into_os_string();
    name.push(".");
    name.push(ENDING);
    name.into()
}

/// The files that are patched, below [`PATCHED`].
fn patches(root: &Path) -> Result<Vec<PathBuf>> {
    let patches = below(&root.join(PATCHES))?;
    Ok(patches
        .iter()
        .map(|patch| patch.with_extension(""))
        .collect())
}

/// All files below a folder, by their paths in it; none, if it is not there.
fn below(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    if !folder.exists() {
        return Ok(BTreeSet::new());
    }
    let files = all_below(folder, &LEFT_OUT)?;
    let files = files.iter().map(|file| file.strip_prefix(folder));
    Ok(files
        .map(|file| file.map(Path::to_owned))
        .collect::<Result<_, _>>()?)
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HONEST: &str = "fn answer() -> u8 {\n    let claimed = claim();\n    claimed + 1\n}\n";
    const WRONG: &str = "fn answer() -> u8 {\n    let claimed = 0;\n    claimed + 1\n}\n";

    /// A source with one file, and the bug that is planted in it.
    fn source() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let file = Path::new(PATCHED).join("flow/call.rs");
        write(&root.path().join(&file), HONEST.as_bytes()).unwrap();
        write(&root.path().join(COPY).join(file), WRONG.as_bytes()).unwrap();
        write(&root.path().join("target/other"), b"built").unwrap();
        save(root.path()).unwrap();
        root
    }

    fn in_copy(root: &Path, file: &str) -> String {
        fs::read_to_string(root.join(COPY).join(PATCHED).join(file)).unwrap()
    }

    #[test]
    fn a_bug_is_in_the_copy_and_not_in_the_source() {
        let root = source();
        let root = root.path();
        fs::remove_dir_all(root.join(COPY)).unwrap();
        plant(root).unwrap();
        assert_eq!(in_copy(root, "flow/call.rs"), WRONG);
        let honest = fs::read_to_string(root.join(PATCHED).join("flow/call.rs")).unwrap();
        assert_eq!(honest, HONEST);
        assert!(!root.join(COPY).join("target").exists());
    }

    #[test]
    fn what_is_no_longer_in_the_source_is_no_longer_in_the_copy() {
        let root = source();
        let root = root.path();
        write(&root.join(COPY).join(PATCHED).join("gone.rs"), b"").unwrap();
        plant(root).unwrap();
        assert!(!root.join(COPY).join(PATCHED).join("gone.rs").exists());
    }

    #[test]
    fn a_file_that_only_the_bugs_need_is_planted_too() {
        let root = source();
        let root = root.path();
        write(&root.join(COPY).join(PATCHED).join("new.rs"), b"bug\n").unwrap();
        save(root).unwrap();
        fs::remove_dir_all(root.join(COPY)).unwrap();
        plant(root).unwrap();
        assert_eq!(in_copy(root, "new.rs"), "bug\n");
    }

    #[test]
    fn a_bug_that_no_longer_fits_says_which_file_to_edit_and_is_not_forgotten() {
        let root = source();
        let root = root.path();
        let changed = HONEST.replace("claim()", "claim_it()");
        write(&root.join(PATCHED).join("flow/call.rs"), changed.as_bytes()).unwrap();
        let error = plant(root).unwrap_err().to_string();
        assert!(
            error.contains("flow/call.rs") && error.contains("--save"),
            "{error}"
        );
        // The copy is honest now, and the patch is kept until somebody has planted the bug anew.
        assert_eq!(in_copy(root, "flow/call.rs"), changed);
        assert!(save(root).unwrap_err().to_string().contains("has no bug"));
        let wrong = changed.replace("claim_it()", "0");
        write(
            &root.join(COPY).join(PATCHED).join("flow/call.rs"),
            wrong.as_bytes(),
        )
        .unwrap();
        save(root).unwrap();
        plant(root).unwrap();
        assert_eq!(in_copy(root, "flow/call.rs"), wrong);
    }
}
