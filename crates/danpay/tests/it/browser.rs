//! Payments in a real browser: Chromium over `WebDriver`, headless.
//!
//! **Invariant**: each test looks at all three sides, which must agree: KakaoPay's ledger, our
//! books, and what the payer sees.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed, outside its function too"
)]

mod demo;
mod desktop;
mod doubt;
mod ends;
mod ours;
mod phone;
mod plain;
mod returns;
mod sandbox;
