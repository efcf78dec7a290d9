//! Where and when something was measured, without which a figure means nothing.

use std::fs;
use std::process::Command;

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    /// What the machine had to do before the bench began, over one minute.
    load_before: Option<f64>,
    /// Of the working tree around it; a program from elsewhere has its own.
    commit: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        Self {
            cpu: model().unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load_before: load(),
            commit: commit().unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            cpu,
            cores,
            load_before,
            commit,
        } = self;
        let load_before = load_before.unwrap_or(f64::NAN);
        write!(
            f,
            "{cpu}, {cores} cores; commit {commit}; load {load_before} before"
        )
    }
}

/// The load average of the last minute.
pub(crate) fn load() -> Option<f64> {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = load.split_whitespace().next();
    minute?.parse().ok()
}

fn model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=7"])
        .output()
        .ok()?;
    let said = String::from_utf8(git.stdout).ok()?;
    let said = said.trim();
    (!said.is_empty()).then(|| said.to_owned())
}
