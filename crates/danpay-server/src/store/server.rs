//! What the servers need for themselves, and the maintenance of the database.

use danpay_core::PaymentId;
use jiff::Timestamp;
use jiff::civil::Date;

use super::Ask;

/// A key of the servers' own: the one that is stored under this name, or else `new`, which is
/// stored then.
#[derive(Clone)]
pub(crate) struct ServerKey {
    pub(crate) name: &'static str,
    pub(crate) new: [u8; 32],
}

impl Ask for ServerKey {
    type Answer = [u8; 32];
}

/// When the newest payment of the backup was created, if this database is a restored backup of
/// which it is not known what it lacks.
#[derive(Clone)]
pub(crate) struct NewestRestored;

impl Ask for NewestRestored {
    type Answer = Option<Timestamp>;
}

/// Marks them as such: nothing is approved or canceled until that is cleared.
#[derive(Clone)]
pub(crate) struct MarkRestored {
    pub(crate) at: Timestamp,
}

impl Ask for MarkRestored {
    type Answer = ();
}

/// It is known now.
#[derive(Clone)]
pub(crate) struct ClearRestored;

impl Ask for ClearRestored {
    type Answer = ();
}

/// Proves that the database can be written, by a row of this server's own.
#[derive(Clone)]
pub(crate) struct Probe {
    /// Chance, for as long as the server lives.
    pub(crate) server: [u8; 16],
    pub(crate) at: Timestamp,
}

impl Ask for Probe {
    type Answer = ();
}

/// Deletes the rows of servers that have proved nothing since then.
#[derive(Clone)]
pub(crate) struct PruneProbes {
    pub(crate) before: Timestamp,
}

impl Ask for PruneProbes {
    type Answer = ();
}

/// Creates future event partitions: at the start, and once a day.
#[derive(Clone)]
pub(crate) struct PrepareAhead {
    pub(crate) now: Timestamp,
}

impl Ask for PrepareAhead {
    type Answer = ();
}

/// Deletes events of payments that were created before then and rest, a piece at a time; of how many
/// payments. None are left if that is 0. The payments stay.
#[derive(Clone)]
pub(crate) struct Prune {
    pub(crate) before: Timestamp,
}

impl Ask for Prune {
    type Answer = u64;
}

/// Erases what tells of persons from payments that were created before then and rest, and their histories
/// with it, in which it stands too: a piece at a time, of those after this one. The record of the money
/// stays.
#[derive(Clone)]
pub(crate) struct Erase {
    pub(crate) before: Timestamp,
    pub(crate) after: Option<PaymentId>,
}

impl Ask for Erase {
    type Answer = Erased;
}

/// What a piece has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Erased {
    /// Of how many payments something was erased.
    pub(crate) payments: u64,
    /// Up to which one was looked; none, if there are no more.
    pub(crate) last: Option<PaymentId>,
}

impl Erase {
    /// So many payments in one transaction: some milliseconds, for which the servers' own writes wait.
    pub(super) const BATCH: u32 = 50;

    /// The ids between which theirs are: ids begin with their time.
    pub(super) fn ids(&self) -> (PaymentId, PaymentId) {
        let first = PaymentId::from_bytes([0; 16]);
        let below = PaymentId::new(self.before, [0; 10]);
        (self.after.unwrap_or(first), below)
    }
}

/// Deletes at most so many idempotency keys that were made before then; how many it did.
/// Cancellations keep theirs.
#[derive(Clone)]
pub(crate) struct PruneKeys {
    pub(crate) before: Timestamp,
    pub(crate) most: u32,
}

impl Ask for PruneKeys {
    type Answer = u64;
}

/// Deletes the sums of refunds of the days before that one.
#[derive(Clone)]
pub(crate) struct PruneRefundDays {
    pub(crate) before: Date,
}

impl Ask for PruneRefundDays {
    type Answer = ();
}
