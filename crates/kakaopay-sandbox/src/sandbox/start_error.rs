//! What can keep a sandbox from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use crate::state::StateError;

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
    /// A host for the tester's door that is none.
    #[error("{0:?} is not a host such as `sandbox` or `pay.example`")]
    Host(String),
    /// The file of faults cannot be used.
    #[error("cannot use the faults in {}: {reason}", path.display())]
    Faults {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder for the state cannot be used.
    #[error("cannot use the state in {}", path.display())]
    State {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        source: StateError,
    },
    /// The system gave no random number for a seed.
    #[error("the system gave no randomness for a seed: {0}")]
    Seed(String),
}
