//! The positions of a shop's events, in which whoever follows the whole shop reads them.
//!
//! **Invariant**: a position is given when no event can become visible below it any more, so what is
//! committed late comes late and is never passed over. Of one payment, positions follow the order of its
//! changes. SQLite commits one change at a time and gives the position in the commit; on PostgreSQL the
//! sequencer gives it after the commit.

use danpay_core::{Event, EventId, Payment, PaymentRef, ShopId};
use jiff::Timestamp;

use super::{Ask, Listed};

/// By whom positions are given: one server at a time.
pub(crate) const SEQUENCER: &str = "sequencer";

/// A change that shops are told of, and that waits for its position. Only such changes wait, on PostgreSQL
/// alone: the server that writes one knows whether it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitingChange {
    pub(crate) event_id: EventId,
    pub(crate) payment: PaymentRef,
    pub(crate) sequence: u32,
}

/// Up to `limit` changes that wait, those of the oldest payments first, and of each in its order: none
/// without those before it.
#[derive(Clone)]
pub(crate) struct OldestWaiting {
    pub(crate) limit: u32,
}

impl Ask for OldestWaiting {
    type Answer = Vec<WaitingChange>;
}

/// Who gives positions, and for how long nobody else does.
#[derive(Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) owner: [u8; 16],
    pub(crate) now: Timestamp,
    pub(crate) until: Timestamp,
}

/// Takes these changes out of the outbox and gives them positions, in this order; what is not there
/// any more is left out. Takes or keeps the lease in the same transaction: false, and nothing is
/// written, if another has it.
#[derive(Clone)]
pub(crate) struct GivePositions {
    pub(crate) lease: Lease,
    pub(crate) changes: Vec<WaitingChange>,
}

impl Ask for GivePositions {
    type Answer = bool;
}

/// What a shop is told, in order: what comes after an event, or from the beginning. Nothing, if that
/// event has no position.
#[derive(Clone)]
pub(crate) struct ShopsEvents {
    pub(crate) shop_id: ShopId,
    pub(crate) after: Option<EventId>,
    pub(crate) limit: u32,
}

/// An event, and its payment as it stands now.
#[derive(Clone, Debug)]
pub(crate) struct OfPayment {
    pub(crate) event: Event,
    pub(crate) payment: Payment,
}

impl Ask for ShopsEvents {
    type Answer = Option<Vec<Listed<OfPayment>>>;
}

/// The event of a shop with the last position; none, if the shop has none or all are pruned.
#[derive(Clone, Copy)]
pub(crate) struct NewestEvent(pub(crate) ShopId);

impl Ask for NewestEvent {
    type Answer = Option<EventId>;
}
