//! Messages to addresses of others, by which they learn of something without asking.

pub(crate) mod address;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "no shop can name a receiver yet")
)]
pub(crate) mod client;
pub(crate) mod sign;
