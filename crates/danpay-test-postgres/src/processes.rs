//! The processes of a cluster, as Linux tells them. A killed server leaves children that must be
//! gone before it can start again.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
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
pub(crate) fn signal(name: &str, pids: &[u32]) -> Result<()> {
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

/// The words that a process was started with, behind one another.
pub(crate) fn words(pid: u32) -> String {
    let words = std::fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline"));
    String::from_utf8_lossy(&words.unwrap_or_default()).into_owned()
}

/// Starts what goes on beside us, in a process group of its own. Its log and its process's number
/// are in files called `name`, where the watchdog finds it.
pub(crate) fn daemon(mut command: Command, name: &Path) -> Result<Child> {
    let log = name.with_extension("log");
    let log = File::options().create(true).append(true).open(log)?;
    command.current_dir("/").process_group(0);
    command.stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log);
    let child = command.spawn()?;
    std::fs::write(name.with_extension("pid"), child.id().to_string())?;
    Ok(child)
}

/// Waits until `done`, and fails if that does not come.
pub(crate) fn wait(done: impl FnMut() -> bool, what: &str) -> Result<()> {
    wait_for(done, what, PATIENCE)
}

/// The same for what takes its time.
pub(crate) fn wait_for(
    mut done: impl FnMut() -> bool,
    what: &str,
    patience: Duration,
) -> Result<()> {
    let deadline = Instant::now() + patience;
    while !done() {
        ensure!(Instant::now() < deadline, "waited in vain for {what}");
        rest();
    }
    Ok(())
}

/// Between two looks.
#[expect(
    clippy::disallowed_methods,
    reason = "the condition is another process's, which wakes nobody; the wait has a deadline"
)]
pub(crate) fn rest() {
    std::thread::sleep(Duration::from_millis(10));
}
