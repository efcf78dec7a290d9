//! Update: address, events, description, whether it hears anything.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use super::{answer, events};
use crate::api::Caller;
use crate::api::extract::{FromJson, JsonBody, PathId};
use crate::api::json::{Object, boolean, string};
use crate::app::App;
use crate::http::Problem;
use crate::webhooks::endpoints::EndpointChange;

pub(in crate::api) struct UpdateBody(EndpointChange);

impl FromJson for UpdateBody {
    const INSTEAD_OF_NOTHING: [&str; 2] = [
        "Send the members that change, such as {\"enabled\": true, \"send_missed\": true}.",
        "바꿀 항목을 보내 주세요. 예: {\"enabled\": true, \"send_missed\": true}",
    ];

    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        Some(Self(EndpointChange {
            url: object.optional("url", string),
            events: object.optional("events", events),
            description: object.optional("description", string),
            enabled: object.optional("enabled", boolean),
            send_missed: object.optional("send_missed", boolean).unwrap_or_default(),
        }))
    }
}

/// `PATCH /v1/webhook_endpoints/{id}`: what is named changes. `send_missed` sends what it has missed while it
/// was disabled.
pub(in crate::api) async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
    JsonBody(UpdateBody(change)): JsonBody<UpdateBody>,
) -> Result<Response, Problem> {
    let of = (caller.shop.id, caller.shop.is_live());
    let row = app.webhooks.change(of, id, change).await?;
    Ok(answer(&app, StatusCode::OK, &row, None))
}
