//! A delivery as its shop sees it: what was sent, what was answered, and when it is tried next.

use danpay_core::webhook::{Attempt, Delivery, DeliveryStatus, Told};
use danpay_core::{DeliveryId, EventId, PaymentId, WebhookEndpointId};
use jiff::Timestamp;
use serde::Serialize;

/// Times are UTC, RFC 3339.
#[derive(Debug, Serialize)]
pub(crate) struct WebhookDelivery<'a> {
    id: DeliveryId,
    object: &'static str,
    endpoint_id: WebhookEndpointId,
    event_id: EventId,
    r#type: &'a str,
    /// Null, if the event is about an endpoint.
    payment_id: Option<PaymentId>,
    sequence: u32,
    /// `pending`, `delivered`, `failed` (its last attempt has) or `missed` (its endpoint was disabled).
    status: &'static str,
    in_flight: bool,
    /// How many attempts have ended that count.
    attempt_count: u32,
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    /// The newest attempts, oldest first.
    attempts: Vec<WireAttempt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Request<'a>>,
}

#[derive(Debug, Serialize)]
struct WireAttempt<'a> {
    at: Timestamp,
    duration_ms: u64,
    /// Of the answer; null, if there was none.
    status: Option<u16>,
    /// The beginning of the answer, at most 1 KiB.
    answer: Option<&'a str>,
    /// Why there was no answer.
    error: Option<&'a str>,
    /// Somebody asked for it: it counts for nothing.
    resend: bool,
}

#[derive(Debug, Serialize)]
struct Request<'a> {
    url: &'a str,
    body: String,
}

impl<'a> WebhookDelivery<'a> {
    /// As it stands at `now`, by the machine's clock. What is due from the beginning is due now.
    pub(crate) fn of(delivery: &'a Delivery, now: Timestamp) -> Self {
        let in_flight = delivery.in_flight_since.is_some();
        // What was missed waits for its endpoint.
        let waits = !in_flight && delivery.status != DeliveryStatus::Missed;
        let next = delivery.due_at.filter(|_| waits);
        Self {
            id: delivery.id,
            object: "webhook_delivery",
            endpoint_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            r#type: &delivery.event_type,
            payment_id: match delivery.about {
                Told::Payment(id) => Some(id),
                Told::Endpoint(_) => None,
            },
            sequence: delivery.sequence,
            status: delivery.status.as_str(),
            in_flight,
            attempt_count: delivery.attempts,
            next_attempt_at: next.map(|next| next.max(now)),
            created_at: delivery.created_at,
            attempts: delivery.log.iter().map(Into::into).collect(),
            request: None,
        }
    }

    /// With what is sent.
    pub(crate) fn with_request(mut self, request: Option<(&'a str, String)>) -> Self {
        self.request = request.map(|(url, body)| Request { url, body });
        self
    }
}

impl<'a> From<&'a Attempt> for WireAttempt<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            answer: attempt.body.as_deref(),
            error: attempt.problem.as_deref(),
            resend: attempt.is_resend,
        }
    }
}

/// What came of a message that somebody asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Ping<'a> {
    object: &'static str,
    /// The message's `webhook-id`.
    webhook_id: EventId,
    /// Whether it was answered with a 2xx.
    delivered: bool,
    attempt: WireAttempt<'a>,
}

impl<'a> Ping<'a> {
    pub(crate) fn of(webhook_id: EventId, attempt: &'a Attempt) -> Self {
        let status = attempt.status;
        Self {
            object: "webhook_ping",
            webhook_id,
            delivered: status.is_some_and(|status| (200..300).contains(&status)),
            attempt: attempt.into(),
        }
    }
}
