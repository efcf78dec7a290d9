//! What every long-running command needs at its start and end: a listener, a signal.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

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
