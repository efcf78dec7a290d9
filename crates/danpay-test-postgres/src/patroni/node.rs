//! A node: a Patroni, and the PostgreSQL that it starts, stops, promotes and rewinds.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cluster::{PASSWORD, USER, free_port};
use crate::owner::Owner;
use crate::processes;

/// For so many seconds the lead is a node's that says nothing. Patroni's documentation calls 20
/// the least, for what is lost in a moment's hiccup is an unneeded failover.
pub(super) const TTL_S: u32 = 20;
/// Patroni looks at everything this often, so a takeover is noted within as much.
const LOOP_WAIT_S: u32 = 2;
/// A primary that cannot reach etcd for so long steps down. Patroni wants
/// `LOOP_WAIT_S + 2 * RETRY_S <= TTL_S`, so that it has done so before another one leads.
const RETRY_S: u32 = 5;
/// How long Patroni may take to tell its node's role.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
const LAST_WORDS: usize = 2_000;

/// Where nodes are made.
pub(super) struct Place<'a> {
    pub(super) owner: Owner,
    pub(super) bin: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) etcd_port: u16,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) port: u16,
    /// Of Patroni's own HTTP interface.
    api_port: u16,
    owner: Owner,
    folder: PathBuf,
    process: Option<Child>,
}

impl Node {
    pub(super) fn new(name: String, place: &Place<'_>) -> Result<Self> {
        let node = Self {
            name,
            port: free_port()?,
            api_port: free_port()?,
            owner: place.owner,
            folder: place.folder.to_owned(),
            process: None,
        };
        let settings = node.at("yml");
        std::fs::write(&settings, node.settings(place))?;
        node.owner.give(&settings)?;
        Ok(node)
    }

    /// Starts Patroni, which makes, rewinds and starts PostgreSQL as it has to.
    pub(super) fn start(&mut self) -> Result<()> {
        let mut patroni = self.owner.command(Path::new("patroni"));
        patroni.arg(self.at("yml"));
        // Whatever else is known of databases and their passwords here is not this one's.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PG") || text.starts_with("PATRONI_") {
                patroni.env_remove(name);
            }
        }
        let process = processes::daemon(patroni, &self.folder.join(&self.name));
        self.process = Some(process.context("cannot start Patroni (Debian's package is patroni)")?);
        Ok(())
    }

    /// Ends Patroni and every process of PostgreSQL at once: nobody steps down, nothing is flushed.
    pub(super) fn kill(&mut self) -> Result<()> {
        let Some(mut patroni) = self.process.take() else {
            return Ok(());
        };
        // Stopped, it does not see PostgreSQL end.
        processes::signal("STOP", &[patroni.id()])?;
        let killed = match self.postmaster() {
            Some(postmaster) => processes::kill_with_children(postmaster),
            None => Ok(()),
        };
        processes::kill_with_children(patroni.id())?;
        patroni.wait()?;
        killed
    }

    /// Whether it leads and can be written. One that is about to lead says that it follows, too.
    pub(super) fn is_primary(&self) -> bool {
        self.says("/primary") && !self.is_replica()
    }

    /// Whether it follows.
    pub(super) fn is_replica(&self) -> bool {
        self.says("/replica")
    }

    /// Whether every answered commit is on its disk too, and Patroni lets it take over.
    pub(super) fn is_synchronous(&self) -> bool {
        self.says("/synchronous")
    }

    /// Whether Patroni says that this is its node's role: by its answer's status alone.
    fn says(&self, role: &str) -> bool {
        let ask = || -> std::io::Result<String> {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.api_port));
            let mut stream = TcpStream::connect_timeout(&address, ANSWERS_WITHIN)?;
            stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
            stream.write_all(format!("GET {role} HTTP/1.0\r\n\r\n").as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = (self.process.is_some()).then(ask).and_then(Result::ok);
        answer.is_some_and(|answer| answer.split(' ').nth(1) == Some("200"))
    }

    /// The process of PostgreSQL that all its others are children of. A file that a killed one
    /// left behind may name somebody else's.
    fn postmaster(&self) -> Option<u32> {
        let data = self.folder.join(&self.name);
        let file = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let pid = file.lines().next()?.trim().parse().ok()?;
        processes::words(pid)
            .contains(&*data.to_string_lossy())
            .then_some(pid)
    }

    pub(super) fn last_words(&self) -> String {
        let log = std::fs::read(self.at("log")).unwrap_or_default();
        let (_, end) = log.split_at(log.len().saturating_sub(LAST_WORDS));
        format!("{}: {}", self.name, String::from_utf8_lossy(end))
    }

    fn at(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    fn settings(&self, place: &Place<'_>) -> String {
        let Self {
            name,
            port,
            api_port,
            ..
        } = self;
        let (folder, bin) = (place.folder.display(), place.bin.display());
        let etcd_port = place.etcd_port;
        format!(
            r#"
scope: danpay
name: {name}
restapi: {{ listen: "127.0.0.1:{api_port}", connect_address: "127.0.0.1:{api_port}" }}
etcd3: {{ host: "127.0.0.1:{etcd_port}" }}
bootstrap:
  dcs:
    ttl: {TTL_S}
    loop_wait: {LOOP_WAIT_S}
    retry_timeout: {RETRY_S}
    synchronous_mode: true
    # Without it, a primary that has lost its standby goes on alone.
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters:
        # A commit that waits for a standby keeps its connection, though nobody waits for it.
        max_connections: 200
        wal_keep_size: 256MB
  initdb: [ encoding: UTF8, locale: C.UTF-8, data-checksums ]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: "{folder}/{name}"
  bin_dir: "{bin}"
  pgpass: "{folder}/{name}.pgpass"
  pg_hba:
    - local all all trust
    - host all all 127.0.0.1/32 scram-sha-256
    - host replication all 127.0.0.1/32 scram-sha-256
  authentication:
    superuser: {{ username: {USER}, password: "{PASSWORD}" }}
    replication: {{ username: follower, password: "{PASSWORD}" }}
  parameters:
    unix_socket_directories: "{folder}"
"#
        )
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // What is left, the watchdog does.
        let _ = self.kill();
    }
}
