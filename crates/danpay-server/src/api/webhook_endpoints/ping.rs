//! Ping: a message to see whether one arrives.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use crate::api::Caller;
use crate::api::extract::PathId;
use crate::api::payments::json_answer;
use crate::app::App;
use crate::http::{Code, Problem};
use crate::wire;

/// Send a message to a webhook endpoint, to see whether it arrives
///
/// Now, also if it is disabled. The answer tells what came of it, also where nothing did.
#[utoipa::path(
    post,
    path = "/v1/webhook_endpoints/{id}/ping",
    operation_id = "pingWebhookEndpoint",
    tag = "webhooks",
    responses(
        (status = 200, body = wire::Ping<'_>, description = "What came of it."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 시험 전달")), ("x-problems" = json!([Code::NotFound, Code::MasterKeyMissing]))),
)]
pub(in crate::api) async fn ping(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<Response, Problem> {
    let of = (caller.shop.id, caller.shop.is_live());
    let (webhook_id, attempt) = app.webhooks.ping(of, id).await?;
    let body = wire::body(&wire::Ping::of(webhook_id, &attempt));
    Ok(json_answer(StatusCode::OK, body))
}
