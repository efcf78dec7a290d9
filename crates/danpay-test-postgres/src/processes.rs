//! The processes of a cluster, as Linux tells them. A killed server leaves children that must be
//! gone before it can start again.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Far above what it takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Kills a process and its children at once, so that none has time to notice another's end.
pub(crate) fn kill_with_children(parent: u32) -> Result<()> {
    // Stopped, it starts no further child while they are listed.
    signal("STOP", &[parent])?;
    let mut pids = children(parent);
    pids.push(parent);
    signal("KILL", &pids)?;
    let all_gone = || pids.iter().all(|pid| is_gone(*pid));
    wait(all_gone, "what was killed to be gone")
}

/// One that has ended in this moment makes `kill` complain, which does not matter.
fn signal(name: &str, pids: &[u32]) -> Result<()> {
    let mut command = Command::new("kill");
    command.arg(format!("-{name}"));
    command.args(pids.iter().map(u32::to_string));
    command.output()?;
    Ok(())
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, its_parent)| its_parent == parent))
        .collect()
}

/// Ended, apart from its parent's knowing.
fn is_gone(pid: u32) -> bool {
    stat(pid).is_none_or(|(state, _)| state == 'Z' || state == 'X')
}

/// A process's state and parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    let stat = stat.ok()?;
    // Its name, in brackets, may have spaces.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    let state = words.next()?.chars().next()?;
    Some((state, words.next()?.parse().ok()?))
}

/// Waits until `done`, and fails if that does not come.
#[expect(
    clippy::disallowed_methods,
    reason = "the condition is another process's, which wakes nobody; the wait has a deadline"
)]
pub(crate) fn wait(mut done: impl FnMut() -> bool, what: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        ensure!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
