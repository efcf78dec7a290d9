//! What every door's handlers share.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::api::{Exports, KnownKeys, Rates, Readiness};
use crate::flow::Flow;
use crate::gateway::Skew;
use crate::returns::Returns;
use crate::webhooks::endpoints::Webhooks;

/// What every handler has. It is cloned several times a request, which costs one count.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

pub(crate) struct Shared {
    pub(crate) flow: Arc<Flow>,
    /// Where the server's own pages are, without a slash at its end. A shop may have another one.
    pub(crate) public_url: Arc<str>,
    /// The addresses by which KakaoPay brings payers back.
    pub(crate) returns: Returns,
    /// API keys that were used just now.
    pub(crate) known_keys: KnownKeys,
    /// How often whom the shop's door lets in.
    pub(crate) rates: Arc<Rates>,
    /// Files that are being read.
    pub(crate) exports: Exports,
    /// Whether payments can be taken.
    pub(crate) readiness: Arc<Readiness>,
    /// The shops' webhook endpoints.
    pub(crate) webhooks: Webhooks,
    /// How far KakaoPay's clock differs from ours.
    pub(crate) skew: Skew,
    /// Load balancers are told to send nobody any more. Whoever comes is served all the same.
    pub(crate) draining: CancellationToken,
    pub(crate) stopping: CancellationToken,
}
