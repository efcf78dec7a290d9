//! Create: a shop wants to be told there.

use axum::extract::State;
use axum::response::Response;
use danpay_core::webhook::EventFilter;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{answer, events};
use crate::api::Caller;
use crate::api::extract::{FromJson, IdempotencyKey, JsonBody};
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

/// `POST /v1/webhook_endpoints`: 201 with the secret, which is shown once. A key that comes again is
/// answered with the same endpoint, and within a few minutes with its secret.
pub(in crate::api) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    JsonBody(CreateBody(new)): JsonBody<CreateBody>,
) -> Result<Response, Problem> {
    let key = key.of(members(&new));
    let of = (caller.shop.id, caller.shop.is_live());
    let made = app.webhooks.add(of, new, key).await?;
    let secret = made.secret.as_ref();
    Ok(if made.replayed {
        replayed(answer(StatusCode::OK, &made.row, secret))
    } else {
        answer(StatusCode::CREATED, &made.row, secret)
    })
}

/// What it asks for, where that is not the default.
fn members(new: &NewEndpoint) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("url".to_owned(), json!(new.url));
    if let EventFilter::Only(names) = &new.events {
        members.insert("events".to_owned(), json!(names));
    }
    if !new.description.is_empty() {
        members.insert("description".to_owned(), json!(new.description));
    }
    members
}
