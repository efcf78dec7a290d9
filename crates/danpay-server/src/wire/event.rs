//! What shops are told, as they read it. Which change is told as what, the core says ([`EventType`]).

use danpay_core::{CancellationId, CancellationState, EventId, EventKind, EventType};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::payment::{Payment, status};

/// The names of all that a shop may be told of its payments.
pub fn event_types() -> impl Iterator<Item = &'static str> {
    EventType::ALL.into_iter().map(EventType::as_str)
}

/// One thing that a shop is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event<'a> {
    #[schema(value_type = String, example = "evt_01m3252qhgfrzbwfhy7rz3wfhy")]
    id: EventId,
    #[schema(example = "event", extensions(("x-extensible-enum" = json!(["event"]))))]
    object: &'static str,
    #[schema(example = "payment.approved", extensions(("x-extensible-enum" = json!(event_types().collect::<Vec<_>>()))))]
    pub(super) r#type: &'static str,
    /// The number of the change among all changes of the payment: it rises, and has gaps where
    /// nothing was told.
    pub(super) sequence: u32,
    /// When it happened.
    pub(super) created_at: Timestamp,
    /// Whether real money moves.
    livemode: bool,
    /// Whether a person has to look at the payment as it stood then.
    pub(super) needs_review: bool,
    /// How the payment had been told to have ended unpaid, when KakaoPay proves that it was paid: handle it as money.
    #[schema(extensions(("x-extensible-enum" = json!(["failed", "quit", "expired", "withdrawn"]))))]
    pub(super) corrected_from: Option<&'static str>,
    /// The one of the payment's cancellations that this is about.
    #[schema(value_type = Option<String>, example = "can_01m325a9c0e1f8tz5r7kq2w4xn")]
    pub(super) cancellation_id: Option<CancellationId>,
    /// The payment as it stood after the change.
    pub(super) payment: Payment<'a>,
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
