//! What every long-running command needs at its start and end: the log, a listener, a signal.

use std::io::IsTerminal as _;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use danpay_server::LogFormat;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error.
pub(crate) fn log(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("the log setting {filter:?} is no filter such as info"))?;
    let log = tracing_subscriber::fmt()
        // A log that goes to a file is read by programs, `danpay recover` for one.
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().with_span_list(false).init(),
    }
    Ok(())
}

/// Binds `address`, or says which one is taken and what to change.
pub(crate) async fn bind(address: SocketAddr, change: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            anyhow::anyhow!("{address} is in use; choose another with {change}")
        } else {
            anyhow::anyhow!("cannot listen on {address}: {error}; choose another with {change}")
        }
    })
}

/// Ready at the first SIGTERM or SIGINT.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
