//! danpay from outside, as a shop, a payer or an operator meets it.

#[cfg(feature = "browser")]
mod browser;
mod cli;
mod kill;
#[cfg(feature = "browser")]
mod support;
