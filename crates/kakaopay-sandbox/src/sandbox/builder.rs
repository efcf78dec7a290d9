//! The choices before a start, and what can keep a sandbox from starting.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use thiserror::Error;
use url::Url;

use super::Sandbox;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::world::{Settings, World};

/// The merchant code for one-time payments that everyone may test with.
const TEST_CID: &str = "TC0ONETIME";

/// What a sandbox is to be like; see [`Sandbox::builder`].
#[derive(Default)]
#[must_use]
pub struct SandboxBuilder {
    listen: Option<SocketAddr>,
    listener: Option<Listening>,
    public_url: Option<String>,
    secret_key: Option<String>,
    cids: Vec<String>,
    seed: Option<u64>,
    frozen_at: Option<Timestamp>,
}

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

/// Why a sandbox could not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Somebody else listens there.
    #[error("cannot listen on {addr}: the port is in use; stop what uses it or choose another")]
    PortInUse {
        /// The address that was asked for.
        addr: SocketAddr,
    },
    /// Any other reason not to listen.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address that was asked for.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The given listener is of no use.
    #[error("cannot use the given listener")]
    Listener(#[source] io::Error),
    /// The public address is not an http(s) address.
    #[error("the public url {0:?} is not an http or https address")]
    PublicUrl(String),
    /// The system gave no random number for a seed.
    #[error("the system gave no randomness for a seed: {0}")]
    Seed(String),
}

impl SandboxBuilder {
    /// Where to listen; a free port on 127.0.0.1 when not said.
    pub fn listen(self, addr: SocketAddr) -> Self {
        Self {
            listen: Some(addr),
            ..self
        }
    }

    /// A listener that is already bound, instead of an address.
    pub fn listener(self, listener: impl Into<Listening>) -> Self {
        Self {
            listener: Some(listener.into()),
            ..self
        }
    }

    /// The address under which payers and merchants reach it; `http://<bound address>` when not
    /// said.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self {
            public_url: Some(url.into()),
            ..self
        }
    }

    /// The only secret key that is accepted; any non-empty one when not said.
    pub fn secret_key(self, key: impl Into<String>) -> Self {
        Self {
            secret_key: Some(key.into()),
            ..self
        }
    }

    /// A merchant code that is accepted, instead of the test CID; call again for more.
    pub fn cid(mut self, cid: impl Into<String>) -> Self {
        self.cids.push(cid.into());
        self
    }

    /// Fixes all ids and tokens; from the system when not said.
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Stops the sandbox's time at an instant; only [`Sandbox::advance_clock`] moves it then.
    pub fn frozen_at(self, at: Timestamp) -> Self {
        Self {
            frozen_at: Some(at),
            ..self
        }
    }

    /// Binds and starts; must be called on a tokio runtime.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let listener = match self.listener {
            Some(listener) => adopt(listener).map_err(StartError::Listener)?,
            None => bind(self.listen.unwrap_or((Ipv4Addr::LOCALHOST, 0).into())).await?,
        };
        let addr = listener.local_addr().map_err(StartError::Listener)?;
        let public_url = match self.public_url {
            Some(url) => public_url(&url)?,
            None => format!("http://{addr}"),
        };
        let seed = match self.seed {
            Some(seed) => seed,
            None => getrandom::u64().map_err(|error| StartError::Seed(error.to_string()))?,
        };
        let cids = if self.cids.is_empty() {
            vec![TEST_CID.to_owned()]
        } else {
            self.cids
        };
        let settings = Settings {
            public_url,
            secret_key: self.secret_key,
            cids,
        };
        let world = World::new(settings, Clock::new(self.frozen_at), Dice::new(seed));
        Ok(Sandbox::open(world, listener, addr))
    }
}

async fn bind(addr: SocketAddr) -> Result<tokio::net::TcpListener, StartError> {
    tokio::net::TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse { addr },
            _ => StartError::Listen { addr, source },
        })
}

fn adopt(listener: Listening) -> io::Result<tokio::net::TcpListener> {
    match listener {
        Listening::Tokio(listener) => Ok(listener),
        Listening::Std(listener) => {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        }
    }
}

fn public_url(given: &str) -> Result<String, StartError> {
    match Url::parse(given) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() => {
            Ok(given.trim_end_matches('/').to_owned())
        }
        _ => Err(StartError::PublicUrl(given.to_owned())),
    }
}
