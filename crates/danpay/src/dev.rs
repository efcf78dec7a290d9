//! `danpay dev`: a server and a sandbox for a shop's own tests and its developers, gone without a trace.
//!
//! **Invariant**: it reads no settings of a server's, listens on this machine alone, and takes no database by
//! which real money has moved.

use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use danpay_server::{Admin, Clock, Config, Create, LogFormat};
use reqwest::Url;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::beside_sandbox::{BesideSandbox, bind};
use crate::listen::{Forwarding, Secret};
use crate::ready_file::ReadyFile;
use crate::{log, serve, start};

/// How often it is looked whether the parent has gone.
const LOOK: Duration = Duration::from_millis(250);

/// Run a server and its sandbox for development and tests, with a fresh API key
///
/// Reads neither danpay.toml nor `DANPAY_…` variables, and no money moves. Both have the sandbox's clock:
/// POST /_sandbox/clock moves it, and payments expire at once.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The server's port; 0 takes a free one
    #[arg(long, default_value_t = 7701)]
    port: u16,
    /// The sandbox's port; 0 takes a free one [default: 7702, or a free one beside --port 0]
    #[arg(long)]
    sandbox_port: Option<u16>,
    /// A file that is written once both are ready: JSON with `api_url`, `api_key`, `sandbox_url` and
    /// `webhook_secret`; only its owner may read it
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// A SQLite file that is kept [default: one that goes with the process]
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Where each event is sent to by POST, signed with `webhook_secret`, as `danpay listen` does it
    #[arg(long, value_name = "URL")]
    forward_to: Option<Url>,
    /// End when the process that has started it ends
    #[arg(long)]
    exit_with_parent: bool,
    /// What is logged
    #[arg(long, default_value = "warn")]
    log: String,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    // Before anything takes time: whoever has started it may be gone by then.
    let parent = parent_id();
    log::start(&args.log, LogFormat::Text, None)?;
    serve::install_tls();
    let stop = start::stop_signal()?;
    let ready_file = ReadyFile::cleared(args.ready_file);
    let server = bind(args.port, "--port").await?;
    let beside = if args.port == 0 { 0 } else { 7702 };
    let sandbox_port = args.sandbox_port.unwrap_or(beside);
    let sandbox = bind(sandbox_port, "--sandbox-port").await?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = match args.database {
        Some(kept) => kept,
        None => folder.path().join("dev.db"),
    };
    let config = Config {
        database_url: format!("sqlite:{}", file.display()).into(),
        ..Config::default()
    };
    refuse_if_live(&file, &config).await?;

    let dev = BesideSandbox::open(&server, sandbox, config).await?;
    let (api_url, sandbox_url) = (&dev.server_url, dev.sandbox.url());
    let api_key = dev.api_key.expose_secret();
    let webhook_secret = Secret::of(&dev.api_key)?.text();
    let forwarding = args.forward_to;
    let forwarding = forwarding.map(|to| Forwarding::new(api_url, &dev.api_key, to));
    let mut forwarding = forwarding.transpose()?;
    let stopping = CancellationToken::new();
    let serving = dev.server.run(server, stopping.clone().cancelled_owned());
    let ready = json!({
        "api_url": api_url,
        "api_key": api_key,
        "sandbox_url": sandbox_url,
        "webhook_secret": webhook_secret,
    });
    let using = async {
        if let Some(forwarding) = &mut forwarding {
            forwarding.begin().await?;
        }
        ready_file.tell(&ready.to_string())?;
        // Whoever waits for the file may not listen.
        let _ = crate::print(&format!(
            "결제 서버 (danpay serve): {api_url}\n\
             카카오페이 샌드박스:      {sandbox_url}/_sandbox/\n\
             API 키 (API key):         {api_key}"
        ));
        tokio::select! {
            () = stop => Ok(()),
            () = gone(parent), if args.exit_with_parent => Ok(()),
            done = forward(forwarding.as_mut()) => done,
        }
    };
    let using = async {
        let done = using.await;
        stopping.cancel();
        done
    };
    let ((), used) = tokio::join!(serving, using);
    dev.sandbox.stop().await;
    used
}

/// Ready when the parent has ended: its children then have another.
async fn gone(parent: u32) {
    while parent_id() == parent {
        tokio::time::sleep(LOOK).await;
    }
}

/// For as long as it is awaited.
async fn forward(forwarding: Option<&mut Forwarding>) -> Result<()> {
    match forwarding {
        Some(forwarding) => forwarding.forward().await,
        None => std::future::pending().await,
    }
}

async fn refuse_if_live(file: &Path, config: &Config) -> Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let admin = Admin::open(config, Clock::system(), Create::No).await?;
    ensure!(
        !admin.is_live().await?,
        "{} has payments or contracts for real money: give another --database",
        file.display()
    );
    Ok(())
}
