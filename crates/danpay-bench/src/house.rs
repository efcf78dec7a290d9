//! A danpay with everything it needs, in a folder of its own: a database, the sandbox as KakaoPay,
//! and an API key.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use tempfile::TempDir;

use crate::child::{Running, SANDBOX, Settings};
use crate::process::Processes;

/// Which database danpay keeps its books in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Database {
    /// One file.
    Sqlite,
}

pub(crate) struct House {
    pub(crate) danpay: Running,
    pub(crate) sandbox: Running,
    pub(crate) api_key: String,
    folder: TempDir,
}

impl House {
    /// Builds one from nothing; `parent` says on which disk.
    pub(crate) async fn build(danpay: &Path, parent: &Path, on: Database) -> Result<Self> {
        let folder = tempfile::tempdir_in(parent).context("no folder for the database")?;
        let sandbox = Running::sandbox(danpay, &SANDBOX).await?;
        let kakaopay = sandbox.url.clone();
        Self::around(danpay, (folder, on), (sandbox, &kakaopay)).await
    }

    /// One around a database that may be there already, and around a sandbox, with the address at
    /// which danpay finds KakaoPay.
    pub(crate) async fn around(
        danpay: &Path,
        (folder, on): (TempDir, Database),
        (sandbox, kakaopay_url): (Running, &str),
    ) -> Result<Self> {
        let settings = Settings {
            folder: folder.path(),
            database_url: &on.url(folder.path()),
            kakaopay_url,
        };
        let (danpay, key) = Running::serve(danpay, &settings).await?;
        Ok(Self {
            danpay,
            sandbox,
            api_key: key.ok_or_else(|| anyhow!("danpay serve told no API key"))?,
            folder,
        })
    }

    pub(crate) fn processes(&self) -> Result<Processes> {
        Ok(Processes {
            measured: self.danpay.pid()?,
            beside: Some(self.sandbox.pid()?),
        })
    }

    /// Ends both programs; the database stays until the folder is dropped.
    pub(crate) async fn stop(self) -> Result<TempDir> {
        self.danpay.stop().await?;
        self.sandbox.stop().await?;
        Ok(self.folder)
    }
}

impl Database {
    pub(crate) fn url(self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite:{}", sqlite_file(folder).display()),
        }
    }
}

/// Where a house on SQLite keeps its books.
pub(crate) fn sqlite_file(folder: &Path) -> PathBuf {
    folder.join("danpay.db")
}
