//! Remove: nothing is sent there any more.

use axum::extract::State;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use crate::api::Caller;
use crate::api::extract::PathId;
use crate::app::App;
use crate::http::{Code, Problem};

/// Remove a webhook endpoint
///
/// What was on its way to it becomes `missed`, and is not sent any more.
#[utoipa::path(
    delete,
    path = "/v1/webhook_endpoints/{id}",
    operation_id = "deleteWebhookEndpoint",
    tag = "webhooks",
    responses(
        (status = 204, description = "Nothing is sent there any more."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 엔드포인트 지우기")), ("x-problems" = json!([Code::NotFound]))),
)]
pub(in crate::api) async fn remove(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<StatusCode, Problem> {
    app.webhooks.remove(caller.shop.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
