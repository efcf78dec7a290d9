//! What a webhook says: an event, with what it is about as that stood then.

use danpay_core::webhook::Endpoint;
use danpay_core::{CancellationId, ENDPOINT_DISABLED};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::event::Event;
use super::payment::Payment;
use super::webhook_endpoint::WebhookEndpoint;
use crate::limits;

/// The body, by Standard Webhooks 1.0 and with what orders it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook<D> {
    #[schema(example = "payment.approved")]
    r#type: &'static str,
    /// When it happened, UTC.
    timestamp: Timestamp,
    data: D,
    /// The number of the change among all changes of the payment.
    sequence: u32,
    corrected_from: Option<&'static str>,
    #[schema(value_type = Option<String>, example = "can_01m325a9c0e1f8tz5r7kq2w4xn")]
    cancellation_id: Option<CancellationId>,
    /// A person has to look at the payment.
    needs_review: bool,
}

/// What tells of a payment: `type` is an event's.
pub(crate) type PaymentWebhook<'a> = Webhook<Payment<'a>>;
/// What tells of an endpoint: `webhook_endpoint.disabled`, `webhook_endpoint.ping`.
pub(crate) type EndpointWebhook<'a> = Webhook<WebhookEndpoint<'a>>;

/// The body of a change, at most 64 KiB; none, if shops are not told of it.
pub(crate) fn webhook(
    change: &danpay_core::Event,
    after: &danpay_core::Payment,
    public_url: &str,
) -> Option<String> {
    let mut event = Event::new(change, after, public_url)?;
    let mut most = limits::WEBHOOK_CANCELLATIONS;
    loop {
        event.payment.truncate_cancellations(most);
        let body = super::body(&Webhook {
            r#type: event.r#type,
            timestamp: event.created_at,
            data: &event.payment,
            sequence: event.sequence,
            corrected_from: event.corrected_from,
            cancellation_id: event.cancellation_id,
            needs_review: event.needs_review,
        });
        // Without any it fits: what else a payment has is bounded.
        if body.len() <= limits::WEBHOOK_BYTES || most == 0 {
            return Some(body);
        }
        most /= 2;
    }
}

/// The body that tells of an endpoint that was disabled then, with how it stands now.
pub(crate) fn endpoint_disabled(endpoint: &Endpoint, at: Timestamp, sequence: u32) -> String {
    super::body(&Webhook {
        r#type: ENDPOINT_DISABLED,
        timestamp: at,
        data: WebhookEndpoint::of(endpoint, None),
        sequence,
        corrected_from: None,
        cancellation_id: None,
        needs_review: false,
    })
}

/// The body of a message that somebody asked for, to see whether one arrives.
pub(crate) fn ping(endpoint: &Endpoint, at: Timestamp) -> String {
    super::body(&Webhook {
        r#type: PING,
        timestamp: at,
        data: WebhookEndpoint::of(endpoint, None),
        sequence: 0,
        corrected_from: None,
        cancellation_id: None,
        needs_review: false,
    })
}

const PING: &str = "webhook_endpoint.ping";
