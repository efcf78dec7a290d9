//! A cluster that fails over: nodes of PostgreSQL, each kept by a Patroni, and one etcd that tells
//! them who leads.
//!
//! **Invariant**: replication is synchronous and strict: a commit is answered once a standby has
//! it on its disk, and not at all while there is none.

mod etcd;
mod node;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::cluster::{PASSWORD, USER, folder, output};
use crate::owner::Owner;
use crate::watchdog::Watchdog;
use crate::{binaries, processes};
use etcd::Etcd;
use node::Node;

/// Two nodes begin in twenty seconds, each further one copies the first.
const BEGINS_WITHIN: Duration = Duration::from_mins(2);
/// The lead of a killed node lasts for [`node::TTL_S`]; then one of the others takes it.
const TAKEN_OVER_WITHIN: Duration = Duration::from_mins(1);
/// A killed node recovers, is rewound to where the new primary took over, and follows it.
const FOLLOWS_WITHIN: Duration = Duration::from_mins(2);

/// A running cluster.
#[derive(Debug)]
pub struct Patroni {
    nodes: Vec<Node>,
    bin: PathBuf,
    // The watchdog ends every process and then removes the folder; what is above ends before.
    _etcd: Etcd,
    _watchdog: Watchdog,
    folder: PathBuf,
}

/// How another node took over from a killed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Which node was killed.
    pub killed: String,
    /// Which one leads now.
    pub leads: String,
    /// From the kill until there was a primary again.
    pub promoted_after: Duration,
    /// From the kill until it had a synchronous standby, and commits were answered again.
    pub synchronous_after: Duration,
}

impl Patroni {
    /// Makes a cluster and waits until a commit on its primary reaches a standby.
    pub fn start(nodes: usize) -> Result<Self> {
        ensure!(nodes > 1, "one node alone has nobody to take over");
        let bin = binaries::folder()?;
        let owner = Owner::choose()?;
        let folder = folder(owner)?;
        let watchdog = Watchdog::start(owner, &folder)?;
        let etcd = Etcd::start(owner, &folder)?;
        let names = (1..=nodes).map(|number| format!("node{number}"));
        let place = node::Place {
            owner,
            bin: &bin,
            folder: &folder,
            etcd_port: etcd.port,
        };
        let nodes = names.map(|name| Node::new(name, &place));
        let mut patroni = Self {
            nodes: nodes.collect::<Result<_>>()?,
            bin: bin.clone(),
            _etcd: etcd,
            _watchdog: watchdog,
            folder,
        };
        for node in &mut patroni.nodes {
            node.start()?;
        }
        let ready = || patroni.has_primary_and_standbys();
        let begun = processes::wait_for(ready, "the cluster to begin", BEGINS_WITHIN);
        begun.with_context(|| patroni.last_words())?;
        Ok(patroni)
    }

    /// The address of a database, on whichever node can be written.
    pub fn url(&self, database: &str) -> String {
        let host = |node: &Node| format!("{}:{}", Ipv4Addr::LOCALHOST, node.port);
        let hosts: Vec<_> = self.nodes.iter().map(host).collect();
        let hosts = hosts.join(",");
        format!("postgres://{USER}:{PASSWORD}@{hosts}/{database}?target_session_attrs=read-write")
    }

    /// Runs SQL on the primary as the superuser and tells what it answers.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["-v", "ON_ERROR_STOP=1", "-c", sql]);
        psql.arg(self.url(database));
        output(&mut psql)
    }

    /// Where everything is, and each node's log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills the primary with its Patroni, as the end of its machine does, and waits until another
    /// node has taken over. `away` later it is started again, and follows the new primary; this is
    /// over once commits are answered again and every node could take over next.
    pub fn fail_over(&mut self, away: Duration) -> Result<Takeover> {
        let killed = self.primary().context("there is no primary to kill")?;
        let begun = Instant::now();
        self.node(killed)?.kill()?;
        let taken_over = || self.primary().is_some_and(|primary| primary != killed);
        processes::wait_for(taken_over, "a node to take over", TAKEN_OVER_WITHIN)
            .with_context(|| self.last_words())?;
        let promoted_after = begun.elapsed();
        let comes_back = promoted_after + away;
        let mut synchronous_after = None;
        let mut is_back = false;
        while synchronous_after.is_none() || !self.has_primary_and_standbys() {
            if !is_back && begun.elapsed() >= comes_back {
                self.node(killed)?.start()?;
                is_back = true;
            }
            if synchronous_after.is_none() && self.has_synchronous_standby() {
                synchronous_after = Some(begun.elapsed());
            }
            ensure!(
                begun.elapsed() < comes_back + FOLLOWS_WITHIN,
                "the killed node does not follow: {}",
                self.last_words()
            );
            processes::rest();
        }
        let leads = self.primary().context("the new primary is gone")?;
        Ok(Takeover {
            killed: self.node(killed)?.name.clone(),
            leads: self.node(leads)?.name.clone(),
            promoted_after,
            synchronous_after: synchronous_after.unwrap_or_else(|| begun.elapsed()),
        })
    }

    /// The number of the node that leads, if there is one.
    fn primary(&self) -> Option<usize> {
        self.nodes.iter().position(Node::is_primary)
    }

    /// Whether one can be written and all others follow it, one of them synchronously: then the
    /// primary may be lost.
    fn has_primary_and_standbys(&self) -> bool {
        let followers = self.nodes.iter().filter(|node| node.is_replica()).count();
        followers + 1 == self.nodes.len() && self.has_synchronous_standby()
    }

    fn has_synchronous_standby(&self) -> bool {
        let primary = self.primary();
        let mut nodes = self.nodes.iter().enumerate();
        primary.is_some()
            && nodes.any(|(number, node)| Some(number) != primary && node.is_synchronous())
    }

    fn node(&mut self, number: usize) -> Result<&mut Node> {
        self.nodes.get_mut(number).context("no such node")
    }

    /// The ends of all logs.
    fn last_words(&self) -> String {
        let logs = self.nodes.iter().map(Node::last_words);
        logs.collect::<Vec<_>>().join("\n")
    }
}
