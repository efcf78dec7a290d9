//! Where the books are: a SQLite file, which lives and dies with its one server; a database that
//! somebody else runs; or a PostgreSQL of the torture's own, which is killed as servers are.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use danpay_test_postgres::{Cluster, Settings};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::world::World;

/// What to ask for to have a PostgreSQL of one's own.
const OWN: &str = "postgres";
/// Killed less often than servers are: it takes longer to come back.
const LIVES_MS: std::ops::Range<u64> = 3_000..9_000;
const STAYS_DEAD_MS: std::ops::Range<u64> = 0..1_500;

pub(crate) enum Database {
    File(String),
    Named(String),
    Own {
        cluster: Arc<Mutex<Cluster>>,
        url: String,
    },
}

impl Database {
    /// As it was asked for, for so many servers.
    pub(crate) fn open(asked: Option<&str>, servers: usize, folder: &Path) -> Result<Self> {
        ensure!(servers > 0, "there must be a server");
        let file = format!("sqlite:{}", folder.join("books.db").display());
        let url = asked.unwrap_or(&file);
        ensure!(
            servers == 1 || !url.starts_with("sqlite:"),
            "one process owns a SQLite file: several servers need another --database"
        );
        match url {
            // What is not flushed outlives a kill all the same, and comes back sooner.
            OWN => {
                let cluster = Cluster::start(&Settings::quick())?;
                // Without a password: servers that were not optimized take long to prove it.
                let url = cluster.url(&cluster.create_database()?);
                let cluster = Arc::new(Mutex::new(cluster));
                Ok(Self::Own { cluster, url })
            }
            url if url.starts_with("sqlite:") => Ok(Self::File(url.to_owned())),
            url => Ok(Self::Named(url.to_owned())),
        }
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::File(url) | Self::Named(url) | Self::Own { url, .. } => url,
        }
    }

    /// Whether a server may find it gone.
    pub(crate) fn is_killed(&self) -> bool {
        matches!(self, Self::Own { .. })
    }
}

/// Kills the database, if it is the torture's own, and starts it again for as long as there is
/// chaos; at the end it is alive.
pub(crate) async fn keep_killing(world: Arc<World>, mut chance: Chance) -> Result<()> {
    let Database::Own { cluster, .. } = &world.database else {
        world.until_calm().await;
        return Ok(());
    };
    loop {
        sleep(chance.millis(LIVES_MS)).await;
        if !world.is_chaos() {
            return Ok(());
        }
        on(cluster, Cluster::kill).await?;
        world.count("kills of the database");
        sleep(chance.millis(STAYS_DEAD_MS)).await;
        on(cluster, Cluster::restart).await?;
    }
}

/// A cluster's steps wait for its processes.
async fn on(cluster: &Arc<Mutex<Cluster>>, step: fn(&mut Cluster) -> Result<()>) -> Result<()> {
    let cluster = Arc::clone(cluster);
    let done = spawn_blocking(move || step(&mut lock(&cluster))).await;
    done.context("a step of the cluster panicked")?
}

fn lock(cluster: &Mutex<Cluster>) -> std::sync::MutexGuard<'_, Cluster> {
    cluster.lock().unwrap_or_else(PoisonError::into_inner)
}
