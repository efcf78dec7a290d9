//! Webhook endpoints, one verb a file.

pub(super) mod create;
pub(super) mod ping;
pub(super) mod remove;
pub(super) mod resend_failed;
pub(super) mod rotate_secret;
pub(super) mod show;
pub(super) mod update;

use axum::response::Response;
use danpay_core::webhook::EventFilter;
use http::StatusCode;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::json::{Field, Read, words};
use super::payments::json_answer;
use crate::app::App;
use crate::store::webhooks::EndpointRow;
use crate::wire;

fn shown(row: &EndpointRow, now: Timestamp) -> wire::WebhookEndpoint<'_> {
    let old_until = row.old_secret.as_ref().map(|(_, until)| *until);
    let old_until = old_until.filter(|until| *until > now);
    wire::WebhookEndpoint::of(&row.endpoint, old_until)
}

/// An endpoint, with its secret for whoever has just made that.
fn answer(
    app: &App,
    status: StatusCode,
    row: &EndpointRow,
    secret: Option<&SecretString>,
) -> Response {
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    json_answer(
        status,
        wire::body(&shown(row, app.webhooks.clock.machine()).with_secret(secret)),
    )
}

/// Names of events; `["*"]` is all of them, also those that there will be.
fn events(field: &Field<'_>) -> Read<EventFilter> {
    let known: Vec<_> = EventFilter::known().collect();
    let known = known.join(", ");
    let expected = format!("must be an array of event types ([\"*\"] is all of them): {known}");
    let expected_ko = format!("이벤트 종류({known}, 전부는 \"*\")의 배열이어야");
    words(EventFilter::is_name, (&expected, &expected_ko))(field).map(EventFilter::of)
}
