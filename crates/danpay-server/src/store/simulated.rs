//! What a simulation decides about the database: the fate of a server at each touch of its disk.
//!
//! **Invariant**: beside these moments nothing happens to a server in a simulation; the statements
//! between them are production's own, in one piece.

use std::pin::Pin;
use std::time::Duration;

use super::StoreError;

/// When a server touches its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is about to read.
    Read,
    /// It is about to write.
    BeforeCommit,
    /// What it has written is durable, and it does not know yet.
    AfterCommit,
    /// What it writes is on its way to another machine, and it will hear nothing of it.
    Lost,
}

/// A touch of the disk, until it has come to its end.
pub type Touch<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// One server's disk. A server that has died waits here for ever.
pub trait Disk: Send + Sync {
    /// Ready when the server may go on; or nothing is read or written, and it hears of this error.
    /// After a commit, and of what is lost to it, it hears of the error all the same, and what it
    /// wrote is there, or will be.
    fn touched(&self, moment: Moment) -> Touch<'_>;

    /// Something was written just now, whether or not the server will hear of it.
    fn wrote(&self);

    /// What is written goes over a network: whether it is lost to the server now, and how long
    /// after that it is made.
    fn lags(&self) -> Option<Duration>;
}
