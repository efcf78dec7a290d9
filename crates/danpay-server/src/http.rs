//! What every door has: problems, ids of requests, connections, addresses, rates.
//!
//! **Invariant**: nothing here knows which door it serves.

pub(crate) mod client_address;
pub(crate) mod connections;
pub(crate) mod korean;
pub(crate) mod once;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod public_url;
pub(crate) mod rate;
pub(crate) mod request_id;
pub(crate) mod time_limit;

pub(crate) use problem::{Code, Problem};
