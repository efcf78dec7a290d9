//! What shops are told of a payment: few words, each for something that a shop can act on.
//!
//! **Invariant**: each recorded change is told as one event or as none, and the change alone says
//! which, so that every reader of it tells the same.

use danpay_core::{CancellationId, CancellationState, EventId, EventKind, Status};
use jiff::Timestamp;
use serde::Serialize;

use super::payment::{Payment, status};

/// What a shop is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventType {
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

/// The names of all that a shop may be told.
pub fn event_types() -> impl Iterator<Item = &'static str> {
    EventType::ALL.into_iter().map(EventType::as_str)
}

impl EventType {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
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

    pub(crate) fn as_str(self) -> &'static str {
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

    /// What a change is told as, if shops are told of it at all.
    pub(crate) fn of(change: &danpay_core::Event) -> Option<Self> {
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
            // Those of which the core says that shops are not told (`EventKind::is_told`).
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

/// One thing that a shop is told.
#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    id: EventId,
    object: &'static str,
    r#type: &'static str,
    /// The number of the change among all changes of the payment: it rises, and has gaps where
    /// nothing was told.
    sequence: u32,
    created_at: Timestamp,
    livemode: bool,
    /// Whether a person has to look at the payment as it stood then.
    needs_review: bool,
    /// How the payment had been told to have ended unpaid, when KakaoPay proves that it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_from: Option<&'static str>,
    /// The one of the payment's cancellations that this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_id: Option<CancellationId>,
    /// The payment as it stood after the change.
    payment: Payment<'a>,
}

impl<'a> Event<'a> {
    /// What a change is told as; `after` is the payment after it.
    pub(crate) fn new(
        change: &danpay_core::Event,
        after: &'a danpay_core::Payment,
        public_url: &str,
    ) -> Option<Self> {
        let told = EventType::of(change)?;
        Some(Self {
            id: change.id,
            object: "event",
            r#type: told.as_str(),
            sequence: change.sequence,
            created_at: change.at,
            livemode: after.livemode,
            needs_review: change.review.is_some(),
            corrected_from: corrected_from(change),
            cancellation_id: cancellation(change, told),
            // Of its own time: what is read later says the same.
            payment: Payment::new(after, public_url, change.at),
        })
    }
}

fn corrected_from(change: &danpay_core::Event) -> Option<&'static str> {
    // What was corrected once is so for good, and is told once.
    let corrected = change.kind == EventKind::Corrected;
    let approval = change.state.approval().filter(|_| corrected)?;
    approval.corrected_from.map(status)
}

/// Which cancellation it is about. One of the shop's own can fail in the change that books another
/// one made elsewhere: then it is about that one, since its money went back.
fn cancellation(change: &danpay_core::Event, told: EventType) -> Option<CancellationId> {
    let mut moved = change.cancellations.iter();
    let id = |cancellation: &danpay_core::Cancellation| cancellation.id;
    match told {
        EventType::PartiallyCanceled | EventType::Canceled => moved
            .find(|moved| matches!(moved.state, CancellationState::Done { .. }))
            .map(id),
        EventType::CancellationFailed => moved.next().map(id),
        EventType::Ready
        | EventType::Authenticated
        | EventType::Approved
        | EventType::Failed
        | EventType::Quit
        | EventType::Expired
        | EventType::Withdrawn
        | EventType::ReviewNeeded => None,
    }
}
