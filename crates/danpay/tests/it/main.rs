//! danpay from outside, as a shop, a payer or an operator meets it.

#[cfg(feature = "browser")]
mod browser;
mod cli;
#[cfg(feature = "browser")]
mod support;
