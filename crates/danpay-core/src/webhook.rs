//! How a shop is told by webhook: which endpoint hears what, when a delivery is tried, and what an attempt
//! comes to.
//!
//! **Invariant**: a delivery ends by a 2xx or after its last attempt, by nothing else. What is in flight is
//! claimed by nobody else, and the claim is in the database before the call: a crash between the two means
//! one more delivery, never one fewer. Of one payment and endpoint, a delivery waits for those before it,
//! until five minutes have passed since they were refused.

mod attempt;
mod delivery;
mod endpoint;
mod schedule;

pub use attempt::{Answer, Attempt};
pub use delivery::{Blocker, Claim, Delivery, DeliveryStatus, Told};
pub use endpoint::{Disabled, Endpoint, EventFilter, Standing};
pub use schedule::{
    ATTEMPTS, CLAIM_HOLDS, EXCHANGE, GIVE_UP_AFTER, LEASE, RETRY_AFTER_MAX, WAITS_FOR_PREDECESSOR,
};

#[cfg(test)]
mod tests;
