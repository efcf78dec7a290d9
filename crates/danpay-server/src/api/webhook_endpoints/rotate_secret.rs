//! Rotate: an endpoint has a new secret, and the one before holds for a while.

use axum::extract::State;
use axum::response::Response;
use danpay_core::WebhookEndpointId;
use http::StatusCode;
use jiff::SignedDuration;
use utoipa::ToSchema;

use super::answer;
use crate::api::Caller;
use crate::api::extract::{FromJson, JsonBody, PathId};
use crate::api::json::{Object, whole};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::limits::OLD_SECRET_MAX;
use crate::wire;

/// Unknown members are refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the schema of what `FromJson` reads")]
pub(in crate::api) struct SecretRotation {
    /// For so many hours each message is signed by the old secret as well; with 0 it is out at once.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    overlap_hours: i64,
}

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

/// Rotate the secret of a webhook endpoint
///
/// The answer has the new secret, which is shown once; the old one signs as well for a while. Sent again within ten
/// minutes it makes no further secret: it shows the new one again.
#[utoipa::path(
    post,
    path = "/v1/webhook_endpoints/{id}/rotate_secret",
    operation_id = "rotateWebhookSecret",
    tag = "webhooks",
    request_body = SecretRotation,
    responses(
        (status = 200, body = wire::WebhookEndpoint<'_>, description = "The endpoint with its new secret."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 시크릿 새로 발급")), ("x-problems" = json!([Code::NotFound, Code::MasterKeyMissing]))),
)]
pub(in crate::api) async fn rotate_secret(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
    JsonBody(RotateBody { overlap }): JsonBody<RotateBody>,
) -> Result<Response, Problem> {
    let (row, secret) = app.webhooks.rotate(caller.shop.id, id, overlap).await?;
    Ok(answer(&app, StatusCode::OK, &row, Some(&secret)))
}
