//! After an unknown outcome: how a payment or a refund is settled. A page to read; there is no code in
//! this module.
//!
#![doc = include_str!("settling.md")]
