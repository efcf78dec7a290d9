//! Update: address, events, description, whether it hears anything.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;
use utoipa::ToSchema;

use super::{answer, events};
use crate::api::extract::{FromJson, JsonBody, PathId};
use crate::api::json::{Object, boolean, string};
use crate::api::{Caller, openapi};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::webhooks::endpoints::EndpointChange;
use crate::wire;

/// What changes. Unknown members are refused; null means the same as leaving a member out.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "the schema of what `FromJson` reads member by member"
)]
pub(in crate::api) struct WebhookEndpointChange {
    /// Another address counts from the next attempt on.
    #[schema(pattern = "^https?:", max_length = 1000)]
    url: Option<String>,
    /// Other events count for what happens from then on; `["*"]` is all of them.
    #[schema(schema_with = openapi::event_names, required = false)]
    events: Option<Vec<String>>,
    #[schema(max_length = 200)]
    description: Option<String>,
    enabled: Option<bool>,
    /// With `enabled`: what it has missed while it was disabled is sent.
    send_missed: Option<bool>,
}

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

/// Change a webhook endpoint
///
/// What is named changes.
#[utoipa::path(
    patch,
    path = "/v1/webhook_endpoints/{id}",
    operation_id = "updateWebhookEndpoint",
    tag = "webhooks",
    request_body = WebhookEndpointChange,
    responses(
        (status = 200, body = wire::WebhookEndpoint<'_>, description = "The endpoint as it is now."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 엔드포인트 바꾸기")), ("x-problems" = json!([Code::NotFound, Code::WebhookEndpointExists, Code::MasterKeyMissing]))),
)]
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
