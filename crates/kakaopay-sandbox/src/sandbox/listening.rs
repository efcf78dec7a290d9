//! Where a sandbox listens: a port that it binds, or a listener that it is given.

use std::io;
use std::net::SocketAddr;

use super::start_error::StartError;

/// A listener that is already bound, of the standard library or of tokio.
pub enum Listening {
    /// Of the standard library.
    Std(std::net::TcpListener),
    /// Of tokio.
    Tokio(tokio::net::TcpListener),
}

impl From<std::net::TcpListener> for Listening {
    fn from(listener: std::net::TcpListener) -> Self {
        Self::Std(listener)
    }
}

impl From<tokio::net::TcpListener> for Listening {
    fn from(listener: tokio::net::TcpListener) -> Self {
        Self::Tokio(listener)
    }
}

pub(super) async fn bind(addr: SocketAddr) -> Result<tokio::net::TcpListener, StartError> {
    tokio::net::TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse { addr },
            _ => StartError::Listen { addr, source },
        })
}

pub(super) fn adopt(listener: Listening) -> io::Result<tokio::net::TcpListener> {
    match listener {
        Listening::Tokio(listener) => Ok(listener),
        Listening::Std(listener) => {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        }
    }
}
