//! The service beside danpay: Express, as npm installs it, and thirty lines.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::bench::Bench;

const CODE: &str = include_str!("express.js");
const PACKAGE: &str = "express@5";

pub(super) struct Peer {
    child: Child,
    pub(super) url: String,
}

impl Peer {
    pub(super) async fn start(bench: &Bench, kakaopay: &str) -> Result<Self> {
        let folder = bench.folder.join("express");
        install(&folder).await?;
        let code = folder.join("express.js");
        std::fs::write(&code, CODE).context("the service cannot be written")?;
        let mut child = Command::new("node")
            .arg(&code)
            .current_dir(&folder)
            .env("KAKAOPAY", kakaopay)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be started")?;
        let out = child.stdout.take().context("node says nothing")?;
        let mut lines = BufReader::new(out).lines();
        let url = lines.next_line().await?.context("the service has ended")?;
        Ok(Self { child, url })
    }

    pub(super) fn pid(&self) -> Result<u32> {
        self.child.id().ok_or_else(|| anyhow!("it has ended"))
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("it could not be ended")
    }
}

async fn install(folder: &Path) -> Result<()> {
    if folder.join("node_modules/express").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    crate::say("npm installs express …");
    let installed = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder)
        .arg(PACKAGE)
        .stdout(Stdio::null())
        .status()
        .await
        .context("npm cannot be started")?;
    ensure!(installed.success(), "npm could not install {PACKAGE}");
    Ok(())
}
