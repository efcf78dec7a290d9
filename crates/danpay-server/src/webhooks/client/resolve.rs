//! Names become addresses: those that may be called, and no others.
//!
//! **Invariant**: the addresses that are given are those that are connected to. A name that leads elsewhere a
//! moment later (DNS rebinding) changes nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::webhooks::address::{Networks, Reach, Refused};

/// Why a name has no address to call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error(transparent)]
    Refused(Refused),
    #[error(transparent)]
    Dns(io::Error),
}

/// Resolves by one rule.
#[derive(Clone)]
pub(super) struct Resolver {
    networks: Arc<Networks>,
    reach: Reach,
}

impl Resolver {
    pub(super) fn new(networks: Arc<Networks>, reach: Reach) -> Self {
        Self { networks, reach }
    }

    /// The addresses of a host that may be called; if none of them may, why the first one may not.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Unresolved> {
        let found = lookup_host((host, 0)).await.map_err(Unresolved::Dns)?;
        let (mut allowed, mut refused) = (Vec::new(), None);
        for address in found {
            let checked = (self.networks).check_address(host, address.ip(), self.reach);
            match checked {
                Ok(()) => allowed.push(address),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match (allowed.is_empty(), refused) {
            (false, _) => Ok(allowed),
            (true, Some(refused)) => Err(Unresolved::Refused(refused)),
            (true, None) => Err(Unresolved::Dns(io::ErrorKind::NotFound.into())),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
