//! `danpay serve`: the payment server.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use danpay_server::{Alerts, Clock, Config, Entropy, FirstKey, Server, TestClock};
use secrecy::SecretString;
use serde_json::json;

use crate::ready_file::ReadyFile;
use crate::{first_key, log, start};

/// Run the payment server
///
/// Settings come from danpay.toml (or --config) and from DANPAY_… variables, which win. The only
/// one without a default is `DANPAY_KAKAOPAY_SECRET_KEY`. SIGTERM ends it within 10 s after
/// `drain_seconds`, and after the approvals under way.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file of the settings [default: danpay.toml, if it is there]
    #[arg(long, env = "DANPAY_CONFIG")]
    config: Option<PathBuf>,
    /// A file that is written once it takes payments: JSON with `api_url`; only its owner may read it
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// The settings of the file named, or of `danpay.toml` where there is one, and the environment.
pub(crate) fn settings(file: Option<PathBuf>) -> Result<Config> {
    let here = PathBuf::from("danpay.toml");
    let file = file.or_else(|| here.exists().then_some(here));
    Ok(Config::load(file.as_deref(), std::env::vars_os())?)
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let mut config = settings(args.config)?;
    install_tls();
    let alerts = Alerts::of(&config, Clock::system(), &Entropy::system())?;
    log::start(&config.log, config.log_format, alerts.clone())?;
    let stop = start::stop_signal()?;
    let ready_file = ReadyFile::cleared(args.ready_file);
    let listener = start::bind(config.listen, "DANPAY_LISTEN").await?;
    // Port 0 means any that is free; the payers' addresses need the real one.
    config.listen = listener
        .local_addr()
        .context("the listener has no address")?;
    let health = match config.health_listen {
        Some(address) => Some(start::bind(address, "DANPAY_HEALTH_LISTEN").await?),
        None => None,
    };
    config.health_listen = health.as_ref().and_then(|health| health.local_addr().ok());
    let test_clock = TestClock::of(&config).await?;
    let clock = test_clock
        .as_ref()
        .map_or_else(Clock::system, TestClock::clock);
    let server = Server::open(&config, clock).await?;
    let mut server = server.alerting(alerts).following(test_clock);
    let hand_over = |key: &SecretString| first_key::hand_over(key, &config);
    let made = server.first_api_key(config.first_api_key.as_ref(), hand_over);
    if made.await? == FirstKey::AnothersCameFirst {
        first_key::take_back(&config);
    }
    if let Some(health) = health {
        server = server.watched_on(health);
    }
    server.announce(&config).await?;
    // Connections are taken from here on; they are answered as soon as it runs.
    ready_file.tell(&json!({ "api_url": config.public_url()? }).to_string())?;
    server.run(listener, stop).await;
    Ok(())
}

/// Every TLS connection of the process uses ring.
pub(crate) fn install_tls() {
    // Somebody else has installed one already: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
