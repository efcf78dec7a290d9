//! What shops are told of a payment: few words, each for something that a shop can act on.
//!
//! **Invariant**: each recorded change is told as one event or as none, and the change alone says
//! which, so that every reader of it tells the same.

use crate::event::{Event, EventKind};
use crate::payment::Status;

/// What a shop is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// The payer may pay.
    Ready,
    /// The payer is back, and nothing is charged yet.
    Authenticated,
    /// Money moved. Part of it may have gone back by then, as the payment says.
    Approved,
    /// It ended unpaid: KakaoPay said no, or the order is paid by another payment.
    Failed,
    /// It ended unpaid: the payer gave up.
    Quit,
    /// It ended unpaid: the time is over.
    Expired,
    /// It ended unpaid: the shop took it back.
    Withdrawn,
    /// Part of the money went back.
    PartiallyCanceled,
    /// All of the money went back.
    Canceled,
    /// A cancellation has failed: nothing went back by it.
    CancellationFailed,
    /// A person has to look at it.
    ReviewNeeded,
}

/// What a shop is told of a webhook endpoint of its own: danpay has disabled it.
pub const ENDPOINT_DISABLED: &str = "webhook_endpoint.disabled";

impl EventType {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Ready,
        Self::Authenticated,
        Self::Approved,
        Self::Failed,
        Self::Quit,
        Self::Expired,
        Self::Withdrawn,
        Self::PartiallyCanceled,
        Self::Canceled,
        Self::CancellationFailed,
        Self::ReviewNeeded,
    ];

    /// Its name, as shops read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "payment.ready",
            Self::Authenticated => "payment.authenticated",
            Self::Approved => "payment.approved",
            Self::Failed => "payment.failed",
            Self::Quit => "payment.quit",
            Self::Expired => "payment.expired",
            Self::Withdrawn => "payment.withdrawn",
            Self::PartiallyCanceled => "payment.partially_canceled",
            Self::Canceled => "payment.canceled",
            Self::CancellationFailed => "payment.cancellation_failed",
            Self::ReviewNeeded => "payment.review_needed",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.as_str() == name)
    }

    /// What a change is told as, if shops are told of it at all.
    #[must_use]
    pub fn of(change: &Event) -> Option<Self> {
        let after = change.state.status();
        Some(match change.kind {
            // Reopened, it waits for the payer again: an `authenticated` that was told is over.
            EventKind::Created | EventKind::Reopened => Self::Ready,
            EventKind::Authenticated => Self::Authenticated,
            EventKind::Approved => Self::Approved,
            // Whoever listens for money must not miss it.
            EventKind::Corrected if after != Status::Canceled => Self::Approved,
            EventKind::Corrected | EventKind::Canceled => Self::Canceled,
            EventKind::PartiallyCanceled => Self::PartiallyCanceled,
            EventKind::CancellationFailed => Self::CancellationFailed,
            EventKind::Quit => Self::Quit,
            EventKind::Failed => Self::Failed,
            EventKind::Expired => Self::Expired,
            EventKind::Withdrawn => Self::Withdrawn,
            EventKind::ReviewRequested => Self::ReviewNeeded,
            // Steps between two of these, danpay's own affair. Restored, the database has a payment again as
            // ready, whatever became of it: shops may have been told more than that before the loss, and what
            // KakaoPay says of it is told next.
            EventKind::Restored
            | EventKind::ReturnedAgain
            | EventKind::Approving
            | EventKind::ApprovalRepeated
            | EventKind::ApprovalNotSent
            | EventKind::ApprovalUnknown
            | EventKind::OtherToken
            | EventKind::CancellationRequested
            | EventKind::CancellationRepeated
            | EventKind::CancellationNotSent
            | EventKind::CancellationUnknown => return None,
        })
    }
}
