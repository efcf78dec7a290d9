//! `cargo xtask failover`: the database's primary is killed, and another node takes over.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{needs, torture};

/// Installs what is missing, builds, and runs it with `words`; one of them may be `--release`.
pub(crate) fn run(words: &[OsString]) -> Result<ExitCode> {
    needs::ensure_failover()?;
    let failover = [OsString::from("failover")];
    torture::run(&[&failover[..], words].concat())
}
