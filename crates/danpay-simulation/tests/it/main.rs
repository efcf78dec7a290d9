//! Many lives, the same life twice, and lives with a bug in them.

mod seeds;
#[cfg(feature = "planted-bugs")]
mod teeth;
