//! An empty database, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use danpay_test_postgres::{Cluster, Settings};
use serde::Serialize;
use tempfile::TempDir;

/// What danpay's database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// One file.
    Sqlite,
    /// A temporary cluster of its own, every commit flushed.
    Postgres,
}

impl FromStr for DatabaseKind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => bail!("sqlite or postgres"),
        }
    }
}

/// A database, and the folder in which its server runs. Both end with it.
pub struct Database {
    folder: TempDir,
    url: String,
    cluster: Option<Cluster>,
}

impl Database {
    /// `parent` says on which disk the folder is; a cluster is in the system's own temporary folder.
    pub fn create(parent: &Path, kind: DatabaseKind) -> Result<Self> {
        let folder = tempfile::tempdir_in(parent).context("no folder for the database")?;
        let cluster = match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => Some(Cluster::start(&Settings::durable())?),
        };
        let url = match &cluster {
            None => format!("sqlite:{}", file(folder.path()).display()),
            Some(cluster) => cluster.url(&cluster.create_database()?),
        };
        Ok(Self {
            folder,
            url,
            cluster,
        })
    }

    /// As `DANPAY_DATABASE_URL` names it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its server runs and writes its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> PathBuf {
        file(self.folder())
    }

    /// What it takes of the disk, if it is one file.
    pub fn bytes(&self) -> Result<Option<u64>> {
        Ok(match self.cluster {
            None => Some(fs::metadata(self.file())?.len()),
            Some(_) => None,
        })
    }

    /// The process of a cluster.
    pub fn pid(&self) -> Option<u32> {
        self.cluster.as_ref().and_then(Cluster::pid)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("danpay.db")
}
