//! Create: a shop wants to be told there.

use axum::extract::State;
use axum::response::Response;
use danpay_core::webhook::EventFilter;
use http::StatusCode;

use super::{answer, events};
use crate::api::Caller;
use crate::api::extract::{FromJson, JsonBody};
use crate::api::json::{Object, string};
use crate::api::payments::replayed;
use crate::app::App;
use crate::http::Problem;
use crate::webhooks::endpoints::NewEndpoint;

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

/// `POST /v1/webhook_endpoints`: 201 with the secret, which is shown once. The same request again, within ten
/// minutes, is answered with the same endpoint and secret.
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
