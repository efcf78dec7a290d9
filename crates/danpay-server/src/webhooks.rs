//! Messages to addresses of others, by which they learn of something without asking: the shops' webhooks, and
//! an operator's alerts.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod deliver;
pub(crate) mod endpoints;
mod message;
pub(crate) mod receivers;
pub(crate) mod secrets;
pub(crate) mod sign;
