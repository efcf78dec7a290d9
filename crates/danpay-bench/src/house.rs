//! A danpay with everything it needs, in a folder of its own: a database, the sandbox as KakaoPay,
//! and an API key.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use danpay_test_postgres::{Cluster, Settings};
use tempfile::TempDir;

use crate::child::{self, Running, SANDBOX};
use crate::process::Processes;

/// Which database danpay keeps its books in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Database {
    /// One file.
    Sqlite,
    /// A temporary cluster of its own, every commit flushed.
    Postgres,
}

pub(crate) struct House {
    pub(crate) danpay: Running,
    pub(crate) sandbox: Running,
    pub(crate) api_key: String,
    ground: Ground,
}

/// What a house stands on, and what stays of it.
pub(crate) struct Ground {
    pub(crate) folder: TempDir,
    url: String,
    /// Ends with the ground.
    cluster: Option<Cluster>,
}

impl Ground {
    /// `parent` says on which disk; a cluster is in the system's own temporary folder.
    pub(crate) fn find(parent: &Path, database: Database) -> Result<Self> {
        match database {
            Database::Sqlite => {
                let folder = folder(parent)?;
                let url = format!("sqlite:{}", sqlite_file(folder.path()).display());
                Ok(Self {
                    folder,
                    url,
                    cluster: None,
                })
            }
            Database::Postgres => {
                let cluster = tokio::task::block_in_place(|| Cluster::start(&Settings::durable()))?;
                let name = cluster.create_database()?;
                Ok(Self {
                    folder: folder(parent)?,
                    url: cluster.url(&name),
                    cluster: Some(cluster),
                })
            }
        }
    }

    /// danpay on this ground, and the API key that it has made.
    pub(crate) async fn serve(
        &self,
        danpay: &Path,
        kakaopay_url: &str,
    ) -> Result<(Running, Option<String>)> {
        let on = child::Settings {
            folder: self.folder.path(),
            database_url: &self.url,
            kakaopay_url,
        };
        Running::serve(danpay, &on).await
    }

    /// What its database takes of the disk, if that is one file.
    pub(crate) fn database_bytes(&self) -> Result<Option<u64>> {
        Ok(match self.cluster {
            None => Some(fs::metadata(sqlite_file(self.folder.path()))?.len()),
            Some(_) => None,
        })
    }
}

impl House {
    /// Builds one from nothing.
    pub(crate) async fn build(danpay: &Path, ground: Ground) -> Result<Self> {
        let sandbox = Running::sandbox(danpay, &SANDBOX).await?;
        let kakaopay = sandbox.url.clone();
        Self::around(danpay, ground, (sandbox, &kakaopay)).await
    }

    /// One around a sandbox, with the address at which danpay finds KakaoPay.
    pub(crate) async fn around(
        danpay: &Path,
        ground: Ground,
        (sandbox, kakaopay_url): (Running, &str),
    ) -> Result<Self> {
        let (danpay, key) = ground.serve(danpay, kakaopay_url).await?;
        Ok(Self {
            danpay,
            sandbox,
            api_key: key.ok_or_else(|| anyhow!("danpay serve told no API key"))?,
            ground,
        })
    }

    /// Deletes the histories of payments that are more than five years old, as an operator does.
    pub(crate) async fn prune(&self, danpay: &Path) -> Result<()> {
        let pruned = tokio::process::Command::new(danpay)
            .args(["prune", "--before", "2021-01-01"])
            .current_dir(self.ground.folder.path())
            .env_clear()
            .env("DANPAY_DATABASE_URL", &self.ground.url)
            .kill_on_drop(true)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&pruned.stderr);
        ensure!(pruned.status.success(), "danpay prune said: {said}");
        Ok(())
    }

    pub(crate) fn processes(&self) -> Result<Processes> {
        Ok(Processes {
            measured: self.danpay.pid()?,
            beside: Some(self.sandbox.pid()?),
            database: self.ground.cluster.as_ref().and_then(Cluster::pid),
        })
    }

    /// Ends both programs; the database stays for as long as its ground.
    pub(crate) async fn stop(self) -> Result<Ground> {
        self.danpay.stop().await?;
        self.sandbox.stop().await?;
        Ok(self.ground)
    }
}

fn folder(parent: &Path) -> Result<TempDir> {
    tempfile::tempdir_in(parent).context("no folder for the database")
}

/// Where a house on SQLite keeps its books.
pub(crate) fn sqlite_file(folder: &Path) -> PathBuf {
    folder.join("danpay.db")
}
