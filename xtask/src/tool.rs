//! Other programs: whether they are here, and running them in the open.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use anyhow::{Context as _, Result, ensure};

/// For the person at the terminal, on standard error.
pub(crate) fn say(text: &str) {
    // A terminal that has gone away is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo)
}

/// Cargo's target folder, from which this task runs.
pub(crate) fn target() -> Result<PathBuf> {
    let xtask = std::env::current_exe()?;
    let target = xtask.parent().and_then(Path::parent);
    let target = target.context("xtask does not run from cargo's target folder")?;
    Ok(target.to_owned())
}

/// Whether `name` would be found if it were called.
pub(crate) fn is_here(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| folder.join(name).is_file())
}

/// Shows the command, runs it, and tells how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    let line = line(command);
    say(&format!("$ {line}"));
    command
        .status()
        .with_context(|| format!("cannot run {line}"))
}

/// Shows the command and starts it.
pub(crate) fn start(command: &mut Command) -> Result<Child> {
    let line = line(command);
    say(&format!("$ {line}"));
    command
        .spawn()
        .with_context(|| format!("cannot run {line}"))
}

/// The same for a command that has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    ensure!(status.success(), "{} failed ({status})", line(command));
    Ok(())
}

fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(std::ffi::OsStr::to_string_lossy).collect();
    words.join(" ")
}
