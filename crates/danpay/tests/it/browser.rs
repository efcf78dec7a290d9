//! Payments in a real browser: Chromium over `WebDriver`, headless.
//!
//! **Invariant**: each test looks at all three sides, which must agree: KakaoPay's ledger, our
//! books, and what the payer sees.

mod demo;
mod desktop;
mod doubt;
mod ends;
mod phone;
mod plain;
mod returns;
