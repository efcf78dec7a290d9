//! A webhook endpoint as its shop sees it.

use danpay_core::WebhookEndpointId;
use danpay_core::webhook::{Endpoint, EventFilter};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a shop is told its events. Times are UTC, RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookEndpoint<'a> {
    #[schema(value_type = String, example = "we_01m31y6v00ew3re1r70w3ge1r7")]
    id: WebhookEndpointId,
    #[schema(example = "webhook_endpoint", extensions(("x-extensible-enum" = json!(["webhook_endpoint"]))))]
    object: &'static str,
    #[schema(example = "https://your-shop.example/danpay")]
    url: &'a str,
    description: &'a str,
    /// The names of the events that it hears; null, if it hears all.
    events: Option<&'a [String]>,
    enabled: bool,
    disabled_at: Option<Timestamp>,
    /// `by_hand`, `gone` (it answered 410) or `failing` (nothing has arrived for five days).
    #[schema(extensions(("x-extensible-enum" = json!(["by_hand", "gone", "failing"]))))]
    disabled_reason: Option<&'static str>,
    /// Since when nothing has arrived that was tried.
    failing_since: Option<Timestamp>,
    /// Until when messages are signed with the secret before as well.
    old_secret_until: Option<Timestamp>,
    created_at: Timestamp,
    /// Shown when it is made, and null afterwards.
    #[schema(example = json!(null))]
    secret: Option<String>,
}

impl<'a> WebhookEndpoint<'a> {
    pub(crate) fn of(endpoint: &'a Endpoint, old_secret_until: Option<Timestamp>) -> Self {
        let disabled = endpoint.standing.disabled;
        Self {
            id: endpoint.id,
            object: "webhook_endpoint",
            url: &endpoint.url,
            description: &endpoint.description,
            events: match &endpoint.events {
                EventFilter::All => None,
                EventFilter::Only(names) => Some(names),
            },
            enabled: disabled.is_none(),
            disabled_at: disabled.map(|(at, _)| at),
            disabled_reason: disabled.map(|(_, why)| why.as_str()),
            failing_since: endpoint.standing.failing_since,
            old_secret_until,
            created_at: endpoint.created_at,
            secret: None,
        }
    }

    /// With its secret, for whoever has just made it.
    pub(crate) fn with_secret(mut self, secret: Option<String>) -> Self {
        self.secret = secret;
        self
    }
}
