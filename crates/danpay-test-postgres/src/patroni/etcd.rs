//! etcd: one member, which is enough, as it is never killed.

use std::path::Path;
use std::process::Child;

use anyhow::{Context, Result};

use crate::cluster::free_port;
use crate::owner::Owner;
use crate::processes;

#[derive(Debug)]
pub(super) struct Etcd {
    pub(super) port: u16,
    process: Child,
}

impl Etcd {
    pub(super) fn start(owner: Owner, folder: &Path) -> Result<Self> {
        let (port, peers) = (free_port()?, free_port()?);
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let mut etcd = owner.command(Path::new("etcd"));
        etcd.arg("--data-dir").arg(folder.join("etcd"));
        for (option, port) in [
            ("--listen-client-urls", port),
            ("--advertise-client-urls", port),
            ("--listen-peer-urls", peers),
            ("--initial-advertise-peer-urls", peers),
        ] {
            etcd.args([option, &at(port)]);
        }
        etcd.arg("--initial-cluster")
            .arg(format!("default={}", at(peers)));
        let process = processes::daemon(etcd, &folder.join("etcd"))
            .context("cannot start etcd (Debian's package is etcd-server)")?;
        Ok(Self { port, process })
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        // What is left, the watchdog does.
        let _ = processes::kill_with_children(self.process.id());
        let _ = self.process.wait();
    }
}
