//! Create: a shop wants to be told there.

use axum::extract::State;
use axum::response::Response;
use danpay_core::webhook::EventFilter;
use http::StatusCode;
use utoipa::ToSchema;

use super::{answer, events};
use crate::api::extract::{FromJson, JsonBody};
use crate::api::json::{Object, string};
use crate::api::payments::replayed;
use crate::api::{Caller, openapi};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::webhooks::endpoints::NewEndpoint;
use crate::wire;

/// Where to, and of what. Unknown members are refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "the schema of what `FromJson` reads member by member"
)]
pub(in crate::api) struct NewWebhookEndpoint {
    /// http or https, without user, password and `#…`; https on port 443 with a live merchant code.
    #[schema(
        pattern = "^https?:",
        max_length = 1000,
        example = "https://your-shop.example/danpay"
    )]
    url: String,
    /// The names of events; all of them, if it is left out, or `["*"]`.
    #[schema(schema_with = openapi::event_names, required = false)]
    events: Option<Vec<String>>,
    /// What you call it.
    #[schema(max_length = 200, example = "orders")]
    description: Option<String>,
}

pub(in crate::api) struct CreateBody(NewEndpoint);

impl FromJson for CreateBody {
    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let url = object.required("url", string);
        let events = object.optional("events", events);
        let description = object.optional("description", string);
        Some(Self(NewEndpoint {
            url: url?,
            events: events.unwrap_or(EventFilter::All),
            description: description.unwrap_or_default(),
        }))
    }
}

/// Make a webhook endpoint
///
/// The answer has its secret, which is shown once: store it. The same request again, within ten minutes, is answered with
/// the same endpoint and secret.
#[utoipa::path(
    post,
    path = "/v1/webhook_endpoints",
    operation_id = "createWebhookEndpoint",
    tag = "webhooks",
    request_body = NewWebhookEndpoint,
    responses(
        (status = 201, body = wire::WebhookEndpoint<'_>, description = "It is told from now on."),
        (status = 200, body = wire::WebhookEndpoint<'_>, description = "It was made before, by this request: the same endpoint and secret."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 엔드포인트 만들기")), ("x-problems" = json!([Code::WebhookEndpointExists, Code::WebhookEndpointsFull, Code::MasterKeyMissing]))),
)]
pub(in crate::api) async fn create(
    State(app): State<App>,
    caller: Caller,
    JsonBody(CreateBody(new)): JsonBody<CreateBody>,
) -> Result<Response, Problem> {
    let of = (caller.shop.id, caller.shop.is_live());
    let made = app.webhooks.add(of, new).await?;
    let secret = Some(&made.secret);
    Ok(if made.replayed {
        replayed(answer(&app, StatusCode::OK, &made.row, secret))
    } else {
        answer(&app, StatusCode::CREATED, &made.row, secret)
    })
}
