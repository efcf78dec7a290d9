//! Ping: a message to see whether one arrives.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use crate::api::Caller;
use crate::api::extract::PathId;
use crate::api::payments::json_answer;
use crate::app::App;
use crate::http::Problem;
use crate::wire;

/// `POST /v1/webhook_endpoints/{id}/ping`: 200 with what came of it, also where nothing did.
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
