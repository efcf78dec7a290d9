//! Remove: nothing is sent there any more.

use axum::extract::State;
use danpay_core::WebhookEndpointId;
use http::StatusCode;

use crate::api::Caller;
use crate::api::extract::PathId;
use crate::app::App;
use crate::http::Problem;

/// `DELETE /v1/webhook_endpoints/{id}`: 204.
pub(in crate::api) async fn remove(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<StatusCode, Problem> {
    app.webhooks.remove(caller.shop.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
