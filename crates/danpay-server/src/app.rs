//! What every door's handlers share.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::api::Rates;
use crate::flow::Flow;
use crate::returns::Returns;

/// What every handler has.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) flow: Arc<Flow>,
    /// Where payers reach this server, without a slash at its end.
    pub(crate) public_url: Arc<str>,
    /// The addresses by which KakaoPay brings payers back.
    pub(crate) returns: Returns,
    pub(crate) app_agents: Arc<[String]>,
    /// How often whom the shop's door lets in.
    pub(crate) rates: Arc<Rates>,
    /// Load balancers are told to send nobody any more. Whoever comes is served all the same.
    pub(crate) draining: CancellationToken,
    pub(crate) stopping: CancellationToken,
}
