//! What shops are promised: the JSON of the API's answers and of the events that they are told.
//!
//! **Invariant**: nothing of the core's is written here as the database keeps it. Each word that a shop
//! reads stands in this room (those of events in the core's `told`, as deliveries are born by them), so what is renamed in the core changes nothing for shops, and what is
//! new there does not compile until its word is chosen.

mod amount;
mod cancellation;
mod card;
mod event;
mod failure;
mod list;
mod payment;
mod problem;
mod refund_period;
mod shop;
#[cfg(test)]
mod tests;
mod webhook;
mod webhook_delivery;
mod webhook_endpoint;

use serde::Serialize;

pub(crate) use amount::Amount;
pub(crate) use event::Event;
pub use event::event_types;
pub(crate) use failure::KakaoPayFailure;
pub(crate) use list::List;
pub(crate) use payment::{Payment, status};
pub(crate) use problem::Problem;
pub(crate) use refund_period::refundable_until;
pub(crate) use shop::Shop;
pub(crate) use webhook::{EndpointWebhook, PaymentWebhook, endpoint_disabled, ping, webhook};
pub(crate) use webhook_delivery::{Ping, Resend, WebhookDelivery};
pub(crate) use webhook_endpoint::WebhookEndpoint;

/// Bodies as they are promised, to the letter (the tests of this room see to it): a payment that may be paid, one
/// that is, and what is told of it.
pub(crate) const SAMPLE_READY: &str = include_str!("wire/samples/payment.ready.json");
pub(crate) const SAMPLE_PAID: &str = include_str!("wire/samples/payment.json");
pub(crate) const SAMPLE_EVENT: &str = include_str!("wire/samples/event.approved.json");

/// A value as the body of an answer.
pub(crate) fn body(value: &impl Serialize) -> String {
    // Nothing of this room can fail to be JSON: keys are texts and numbers are finite.
    serde_json::to_string(value).unwrap_or_default()
}

/// An endpoint as the API shows it.
pub fn endpoint_json(endpoint: &danpay_core::webhook::Endpoint) -> String {
    body(&WebhookEndpoint::of(endpoint, None))
}

/// A delivery as the API shows it at this time of the machine's.
pub fn delivery_json(delivery: &danpay_core::webhook::Delivery, now: jiff::Timestamp) -> String {
    body(&WebhookDelivery::of(delivery, now))
}
