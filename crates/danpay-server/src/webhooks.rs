//! Messages to addresses of others, by which they learn of something without asking.

pub(crate) mod address;
pub(crate) mod sign;
