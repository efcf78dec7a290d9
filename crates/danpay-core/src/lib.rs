//! danpay's domain: what a payment is and what each command does to it.
//!
//! **Invariant**: this crate is pure. It knows no clock, randomness, I/O, HTTP or SQL; the time
//! and whatever KakaoPay said come in as arguments, and a decision goes out as a value
//! ([`Decision`]) that the store commits. So the rules can be read, proved and simulated alone.
//!
//! The way through the rooms: [`order`] is what the shop asks for, [`payment`] what we hold of
//! it, [`command`] what can happen to it, [`mod@decide`] what each command does, [`event`] what is
//! recorded of that.

#![deny(missing_docs)]

/// Whether a test has planted this bug; `false` at compile time without the feature.
#[cfg(feature = "planted-bugs")]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        $crate::planted::is($crate::planted::Bug::$bug)
    };
}

/// Whether a test has planted this bug; `false` at compile time without the feature.
#[cfg(not(feature = "planted-bugs"))]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub mod address;
pub mod calls_in_doubt;
pub mod cancellation;
pub mod command;
pub mod decide;
pub mod erase;
pub mod event;
pub mod failure;
pub mod id;
pub mod metadata;
pub mod order;
pub mod payment;
pub mod payment_method;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod review;
pub mod text;
pub mod timing;
pub mod told;
pub mod webhook;
pub mod won;

pub use address::{AppUrl, ReturnUrl};
pub use calls_in_doubt::CallsInDoubt;
pub use cancellation::{Cancellation, CancellationState, Reason, Wanted};
pub use command::{
    ApproveAnswer, CancelAction, CancelAnswer, Canceled, Command, Context, Holder, LookedUp,
    Lookup, Obstacle, OrderNumbers, Paid, RefundLimits, Refunded,
};
pub use decide::{
    Call, Change, Decision, NewPayment, OrderClaim, RefundDay, RefundLimit, Refusal, create,
    decide, restore,
};
pub use erase::{ERASED, erase};
pub use event::{Actor, Event, EventKind, replay};
pub use failure::{Failure, KakaoPayFailure};
pub use id::{
    CancellationId, DeliveryId, EventId, PaymentId, PaymentRef, ShopId, WebhookEndpointId,
};
pub use metadata::Metadata;
pub use order::{Amount, ApprovalMode, Order};
pub use payment::{
    Approval, CardInfo, Payment, PgToken, RedirectUrls, Refused, Returns, State, Status,
};
pub use payment_method::{AvailableCards, CardIssuer, InstallMonth, PaymentMethod};
pub use review::{AnswerField, Review};
pub use text::{InvalidField, ItemCode, ItemName, OrderId, UserId};
pub use timing::Jitter;
pub use told::{ENDPOINT_DISABLED, EventType};
pub use won::Won;
