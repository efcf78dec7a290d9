//! Resend: what failed in a while is sent once more.

use axum::extract::State;
use axum::response::Response;
use danpay_core::{InvalidField, WebhookEndpointId};
use http::StatusCode;
use jiff::Timestamp;
use utoipa::ToSchema;

use crate::api::extract::{FromJson, JsonBody, PathId};
use crate::api::json::{Object, string, then};
use crate::api::payments::json_answer;
use crate::api::{Caller, filter};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::wire;

/// When the events happened. Unknown members are refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "the schema of what `FromJson` reads member by member"
)]
pub(in crate::api) struct FailedInAWhile {
    /// A day in Korea, or an instant: the first that counts.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}", example = "2026-11-01")]
    from: String,
    /// A day in Korea, which is in it, or an instant, which is not.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}", example = "2026-11-02")]
    to: String,
}

/// Events that happened from then until then.
pub(in crate::api) struct ResendBody {
    from: Timestamp,
    before: Timestamp,
}

impl FromJson for ResendBody {
    const INSTEAD_OF_NOTHING: [&str; 2] = [
        "Send from when to when the events happened, such as {\"from\": \"2026-11-01\", \"to\": \"2026-11-02\"}.",
        "언제부터 언제까지의 이벤트인지 보내 주세요. 예: {\"from\": \"2026-11-01\", \"to\": \"2026-11-02\"}",
    ];

    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let named = |name: &'static str, error: InvalidField| InvalidField {
            field: name.to_owned(),
            ..error
        };
        let from = then(string, |text| {
            filter::created_from(&text).map_err(|error| named("from", error))
        });
        let to = then(string, |text| {
            filter::created_before(&text).map_err(|error| named("to", error))
        });
        let from = object.required("from", from);
        let before = object.required("to", to);
        Some(Self {
            from: from?,
            before: before?,
        })
    }
}

/// Send once more what has failed in a while
#[utoipa::path(
    post,
    path = "/v1/webhook_endpoints/{id}/resend_failed",
    operation_id = "resendFailedWebhooks",
    tag = "webhooks",
    request_body = FailedInAWhile,
    responses(
        (status = 202, body = wire::Resend, description = "How many are sent once more."),
    ),
    extensions(("x-summary-ko" = json!("실패한 웹훅 다시 보내기")), ("x-problems" = json!([Code::NotFound, Code::WebhookEndpointDisabled]))),
)]
pub(in crate::api) async fn resend_failed(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookEndpointId>,
    JsonBody(ResendBody { from, before }): JsonBody<ResendBody>,
) -> Result<Response, Problem> {
    let of = (from, before);
    let count = app.webhooks.resend_failed(caller.shop.id, id, of).await?;
    app.flow.deliveries_due.send_replace(());
    let body = wire::body(&wire::Resend::of(count));
    Ok(json_answer(StatusCode::ACCEPTED, body))
}
