//! `danpay sandbox`: KakaoPay's side, offline.

use std::net::SocketAddr;

use anyhow::Result;
use kakaopay_sandbox::Sandbox;

use crate::start;

/// Run KakaoPay's side of a payment, offline
///
/// Set your client's base URL to the address that it prints; any secret key is taken.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7702")]
    listen: SocketAddr,
    /// Where clients and browsers reach it [default: http://<listen>]
    #[arg(long)]
    public_url: Option<String>,
    /// The only secret key to accept [default: any]
    #[arg(long)]
    secret_key: Option<String>,
    /// Fixes every id and token
    #[arg(long)]
    seed: Option<u64>,
    /// What is logged
    #[arg(long, env = "DANPAY_LOG", default_value = "info")]
    log: String,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    start::log(&args.log, danpay_server::LogFormat::Text)?;
    let stop = start::stop_signal()?;
    let listener = start::bind(args.listen, "--listen").await?;
    let mut builder = Sandbox::builder().listener(listener);
    if let Some(url) = args.public_url {
        builder = builder.public_url(url);
    }
    if let Some(key) = args.secret_key {
        builder = builder.secret_key(key);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    let sandbox = builder.start().await?;
    crate::print(&format!("KakaoPay sandbox: {}", sandbox.url()));
    stop.await;
    sandbox.stop().await;
    Ok(())
}
