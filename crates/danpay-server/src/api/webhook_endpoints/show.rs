//! Show: a shop's endpoints.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use super::{answer, shown};
use crate::api::Caller;
use crate::api::extract::PathId;
use crate::api::payments::json_answer;
use crate::app::App;
use crate::http::Problem;
use crate::wire;

/// `GET /v1/webhook_endpoints`: all of the shop's, the oldest first.
pub(in crate::api) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let rows = app.webhooks.all(caller.shop.id).await?;
    let now = app.webhooks.clock.machine();
    let data = rows.iter().map(|row| shown(row, now)).collect();
    let body = wire::body(&wire::List::new(data, None, Vec::new()));
    Ok(json_answer(StatusCode::OK, body))
}

/// `GET /v1/webhook_endpoints/{id}`.
pub(in crate::api) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<Response, Problem> {
    let row = app.webhooks.one(caller.shop.id, id).await?;
    Ok(answer(&app, StatusCode::OK, &row, None))
}
