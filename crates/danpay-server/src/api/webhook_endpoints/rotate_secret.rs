//! Rotate: an endpoint has a new secret, and the one before holds for a while.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;
use jiff::SignedDuration;

use super::answer;
use crate::api::Caller;
use crate::api::extract::{FromJson, JsonBody, PathId};
use crate::api::json::{Object, whole};
use crate::app::App;
use crate::http::Problem;
use crate::limits::OLD_SECRET_MAX;

pub(in crate::api) struct RotateBody {
    overlap: SignedDuration,
}

impl FromJson for RotateBody {
    const INSTEAD_OF_NOTHING: [&str; 2] = [
        "Send for how many hours the old secret signs as well, such as {\"overlap_hours\": 24}.",
        "이전 시크릿으로도 함께 서명할 시간을 보내 주세요. 예: {\"overlap_hours\": 24}",
    ];

    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let hours = object.required("overlap_hours", whole(0, OLD_SECRET_MAX.as_hours()))?;
        Some(Self {
            overlap: SignedDuration::from_hours(hours),
        })
    }
}

/// `POST /v1/webhook_endpoints/{id}/rotate_secret`: 200 with the new secret, which is shown once.
pub(in crate::api) async fn rotate_secret(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
    JsonBody(RotateBody { overlap }): JsonBody<RotateBody>,
) -> Result<Response, Problem> {
    let (row, secret) = app.webhooks.rotate(caller.shop.id, id, overlap).await?;
    Ok(answer(&app, StatusCode::OK, &row, Some(&secret)))
}
