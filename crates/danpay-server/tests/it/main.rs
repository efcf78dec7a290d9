//! The server over real HTTP, with the sandbox as KakaoPay.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect"
)]

mod cancel;
mod doubt;
mod idempotency;
mod list;
mod outage;
mod pressure;
mod problems;
mod restore;
mod story;
mod support;
