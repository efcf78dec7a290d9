//! A delivery as its shop sees it: what was sent, what was answered, and when it is tried next.

use danpay_core::webhook::{Attempt, Delivery, DeliveryStatus, Told};
use danpay_core::{DeliveryId, EventId, PaymentId, WebhookEndpointId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One event on its way to one endpoint. Times are UTC, RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDelivery<'a> {
    #[schema(value_type = String, example = "dlv_01m3252qk0f4t7w9x2c5v8b1nm")]
    id: DeliveryId,
    #[schema(example = "webhook_delivery", extensions(("x-extensible-enum" = json!(["webhook_delivery"]))))]
    object: &'static str,
    #[schema(value_type = String, example = "we_01m31y6v00ew3re1r70w3ge1r7")]
    endpoint_id: WebhookEndpointId,
    #[schema(value_type = String, example = "evt_01m3252qhgfrzbwfhy7rz3wfhy")]
    event_id: EventId,
    r#type: &'a str,
    /// Null, if the event is about an endpoint.
    #[schema(value_type = Option<String>, example = "pay_01m3250v00ew3re1r70w3ge1r7")]
    payment_id: Option<PaymentId>,
    sequence: u32,
    /// `pending`, `delivered`, `failed` (its last attempt has) or `missed` (its endpoint was disabled).
    #[schema(example = "delivered", extensions(("x-extensible-enum" = json!(DeliveryStatus::ALL.map(DeliveryStatus::as_str)))))]
    status: &'static str,
    /// Whether it is being sent at this moment.
    in_flight: bool,
    /// How many attempts have ended that count.
    attempt_count: u32,
    /// Null, if it is not sent any more.
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    /// The newest attempts, oldest first.
    attempts: Vec<WireAttempt<'a>>,
    /// What is sent; null in lists.
    request: Option<Request<'a>>,
}

/// One POST to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
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

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookRequest)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookPing)]
pub(crate) struct Ping<'a> {
    #[schema(example = "webhook_ping", extensions(("x-extensible-enum" = json!(["webhook_ping"]))))]
    object: &'static str,
    /// The message's `webhook-id`.
    #[schema(value_type = String, example = "evt_01m3252qhgfrzbwfhy7rz3wfhy")]
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

/// How many are sent once more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookResend)]
pub(crate) struct Resend {
    #[schema(example = "webhook_resend", extensions(("x-extensible-enum" = json!(["webhook_resend"]))))]
    object: &'static str,
    deliveries: u64,
}

impl Resend {
    pub(crate) fn of(deliveries: u64) -> Self {
        Self {
            object: "webhook_resend",
            deliveries,
        }
    }
}
