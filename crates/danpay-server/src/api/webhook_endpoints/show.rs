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
use crate::http::{Code, Problem};
use crate::wire;

/// List webhook endpoints
///
/// All of the shop's on one page, the oldest first.
#[utoipa::path(
    get,
    path = "/v1/webhook_endpoints",
    operation_id = "listWebhookEndpoints",
    tag = "webhooks",
    responses(
        (status = 200, body = wire::List<wire::WebhookEndpoint<'_>>, description = "All of them."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 엔드포인트 목록"))),
)]
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

/// See a webhook endpoint
#[utoipa::path(
    get,
    path = "/v1/webhook_endpoints/{id}",
    operation_id = "getWebhookEndpoint",
    tag = "webhooks",
    responses(
        (status = 200, body = wire::WebhookEndpoint<'_>, description = "The endpoint."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 엔드포인트 조회")), ("x-problems" = json!([Code::NotFound]))),
)]
pub(in crate::api) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<Response, Problem> {
    let row = app.webhooks.one(caller.shop.id, id).await?;
    Ok(answer(&app, StatusCode::OK, &row, None))
}
