//! Ends a cluster when the process that wanted it has ended, however that came.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use crate::owner::Owner;

/// Its standard input ends with our process. The folder is removed even if there is no server.
const SCRIPT: &str = r#"
cat > /dev/null
# A number may by now be somebody else's.
is_ours() { grep -q "$1" "/proc/$2/cmdline" 2> /dev/null; }
# Patroni would start again what ends below.
for file in "$1"/*.pid; do
    pid=$(cat "$file" 2> /dev/null)
    is_ours "$1" "$pid" && kill -KILL "$pid" 2> /dev/null
done
for file in "$1"/*/postmaster.pid; do
    pid=$(head -n 1 "$file" 2> /dev/null)
    is_ours "$1" "$pid" || continue
    kill -INT "$pid" 2> /dev/null
    tries=0
    while kill -0 "$pid" 2> /dev/null && [ $tries -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -KILL "$pid" 2> /dev/null
done
rm -rf "$1"
"#;

/// Waits beside us.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches over `folder`, in a process group of its own: no Ctrl+C at the terminal ends it
    /// before its work is done.
    pub(crate) fn start(owner: Owner, folder: &Path) -> Result<Self> {
        let mut command = owner.command(Path::new("/bin/sh"));
        command.arg("-c").arg(SCRIPT).arg("watchdog").arg(folder);
        command.current_dir("/").process_group(0);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("cannot start a watchdog")?;
        Ok(Self(child))
    }
}

impl Drop for Watchdog {
    /// What it does at our end it does now.
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has ended itself, as good.
        let _ = self.0.wait();
    }
}
