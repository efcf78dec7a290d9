//! What a shop is told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{CancellationId, EventId, Payment, PaymentStatus};

open_enum! {
    /// What has happened to a payment.
    EventType {
        /// The payer may pay. An `Authenticated` from before is over.
        Ready = "payment.ready",
        /// The payer is back, nothing is charged yet. With manual approval: approve or withdraw.
        Authenticated = "payment.authenticated",
        /// Money moved: ship.
        Approved = "payment.approved",
        /// It ended unpaid: KakaoPay said no, or the order is paid by another payment.
        Failed = "payment.failed",
        /// It ended unpaid: the payer gave up.
        Quit = "payment.quit",
        /// It ended unpaid: the time is over.
        Expired = "payment.expired",
        /// It ended unpaid: the shop took it back.
        Withdrawn = "payment.withdrawn",
        /// A part of the money went back; `cancellation_id` names it.
        PartiallyCanceled = "payment.partially_canceled",
        /// All of the money went back; `cancellation_id` names the last of it.
        Canceled = "payment.canceled",
        /// Nothing went back by the cancellation that `cancellation_id` names.
        CancellationFailed = "payment.cancellation_failed",
        /// KakaoPay contradicts what was asked, or was silent for a day: ask the operator of danpay.
        ReviewNeeded = "payment.review_needed",
    }
}

/// One thing that a shop is told, with the payment as it stood after it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// An event that is read a second time has the same id.
    pub id: EventId,
    /// What has happened.
    pub r#type: EventType,
    /// Its number among the changes of the payment. It rises, and has gaps.
    pub sequence: u32,
    /// When it happened.
    pub created_at: Timestamp,
    /// Whether real money moves.
    pub livemode: bool,
    /// Whether the operator of danpay has to look at the payment.
    #[serde(default)]
    pub needs_review: bool,
    /// How the payment had been told to have ended unpaid, when KakaoPay now proves that it was paid.
    /// **Handle it as money**: ship, or cancel it.
    #[serde(default)]
    pub corrected_from: Option<PaymentStatus>,
    /// The one of the payment's cancellations that this is about.
    #[serde(default)]
    pub cancellation_id: Option<CancellationId>,
    /// The payment as it stood after the event. How it stands now is for
    /// [`Danpay::payment`](crate::Danpay::payment) to say.
    pub payment: Payment,
}
