//! Webhook endpoints, one verb a file.

mod create;
mod ping;
mod remove;
mod resend_failed;
mod rotate_secret;
mod show;
mod update;

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

pub(super) use create::create;
pub(super) use ping::ping;
pub(super) use remove::remove;
pub(super) use resend_failed::resend_failed;
pub(super) use rotate_secret::rotate_secret;
pub(super) use show::{list, show};
pub(super) use update::update;

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
