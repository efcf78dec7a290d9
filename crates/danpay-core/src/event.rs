//! What is recorded of each change: append-only, without secrets.
//!
//! **Invariant**: every change of a payment has exactly one event, whose `sequence` is the
//! payment's version after it; an event holds the whole state after the change, so [`replay`]
//! makes the payment's row of its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cancellation::Cancellation;
use crate::id::{EventId, PaymentId};
use crate::payment::{Payment, State};
use crate::review::Review;

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The payer's browser.
    Payer,
    /// The shop, through the API.
    Shop,
    /// The worker that ends doubt.
    Recovery,
    /// Whoever runs danpay, by a command.
    Operator,
}

/// What happened. The names are the database's; what shops are told has names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// KakaoPay gave a TID.
    #[serde(rename = "payment.created")]
    Created,
    /// The database had lost it, and the log still had its TID.
    #[serde(rename = "payment.restored")]
    Restored,
    /// The payer is back; the shop decides, or something keeps us from approving now.
    #[serde(rename = "payment.authenticated")]
    Authenticated,
    /// A browser came back with another `pg_token`, which is kept.
    #[serde(rename = "payment.returned_again")]
    ReturnedAgain,
    /// Approval was claimed; the first call to approve follows.
    #[serde(rename = "payment.approving")]
    Approving,
    /// Another call to approve follows, since a lookup says that it is still not paid.
    #[serde(rename = "payment.approval_repeated")]
    ApprovalRepeated,
    /// A call to approve never reached KakaoPay.
    #[serde(rename = "payment.approval_not_sent")]
    ApprovalNotSent,
    /// A call to approve had no answer that settles it.
    #[serde(rename = "payment.approval_unknown")]
    ApprovalUnknown,
    /// The `pg_token` was not the payer's: the payment is ready again.
    #[serde(rename = "payment.reopened")]
    Reopened,
    /// The `pg_token` was not the payer's: the other one that was kept is tried next.
    #[serde(rename = "payment.other_token")]
    OtherToken,
    /// Money moved; part of it may have gone back by then, as the state says.
    #[serde(rename = "payment.approved")]
    Approved,
    /// Part of the money went back.
    #[serde(rename = "payment.partially_canceled")]
    PartiallyCanceled,
    /// All of the money went back.
    #[serde(rename = "payment.canceled")]
    Canceled,
    /// A cancellation was asked for; the first call to cancel follows.
    #[serde(rename = "cancellation.requested")]
    CancellationRequested,
    /// Another call to cancel follows, since a lookup says that it was not executed.
    #[serde(rename = "cancellation.repeated")]
    CancellationRepeated,
    /// A call to cancel never reached KakaoPay.
    #[serde(rename = "cancellation.not_sent")]
    CancellationNotSent,
    /// A call to cancel had no answer that settles it.
    #[serde(rename = "cancellation.unknown")]
    CancellationUnknown,
    /// KakaoPay said no to a cancellation.
    #[serde(rename = "cancellation.failed")]
    CancellationFailed,
    /// The payer gave up.
    #[serde(rename = "payment.quit")]
    Quit,
    /// KakaoPay said no.
    #[serde(rename = "payment.failed")]
    Failed,
    /// The time passed unpaid.
    #[serde(rename = "payment.expired")]
    Expired,
    /// The shop took it back.
    #[serde(rename = "payment.withdrawn")]
    Withdrawn,
    /// It had ended unpaid in our database, and KakaoPay's answer proves that it was paid.
    #[serde(rename = "payment.corrected")]
    Corrected,
    /// An operator has to look at it.
    #[serde(rename = "payment.review_requested")]
    ReviewRequested,
}

/// One recorded change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Ours.
    pub id: EventId,
    /// Whose.
    pub payment_id: PaymentId,
    /// The payment's version after the change.
    pub sequence: u32,
    /// What.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When, UTC.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// The state after the change.
    pub state: State,
    /// The cancellations that the change made or moved, after it.
    #[serde(default)]
    pub cancellations: Vec<Cancellation>,
    /// Why an operator has to look at the payment after the change, if so.
    #[serde(default)]
    pub review: Option<Review>,
    /// KakaoPay's answer that led to it, without secrets.
    pub evidence: Option<serde_json::Value>,
}

/// The payment that its events tell of, given oldest first. `created` gives what no event changes:
/// order, TID, addresses. The `pg_token` is none of it, as events hold no secret.
#[must_use]
pub fn replay(created: Payment, events: &[Event]) -> Payment {
    events.iter().fold(created, |mut payment, event| {
        payment.follow(event);
        payment
    })
}

impl Payment {
    /// Makes it the payment that it was after `event`, if it is the one before it.
    pub fn follow(&mut self, event: &Event) {
        self.version = event.sequence;
        self.state.clone_from(&event.state);
        self.review.clone_from(&event.review);
        self.pg_token = None;
        self.further_pg_token = None;
        for cancellation in &event.cancellations {
            self.set(cancellation.clone());
        }
    }
}
