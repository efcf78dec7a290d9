//! The forms of the tester's pages. Each does what the JSON door does, and leads back to its page.
//! Invariant: a form leads back to a page of these, and to nowhere else.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem;
use crate::api;
use crate::fault::Fault;
use crate::payer;
use crate::world::World;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/do/clock", post(clock))
        .route("/_sandbox/do/fault", post(fault))
        .route("/_sandbox/do/clear", post(clear))
        .route("/_sandbox/do/play", post(play))
        .route("/_sandbox/journal/{number}/resend", post(resend))
}

#[derive(Deserialize)]
struct ClockMove {
    #[serde(rename = "do")]
    what: String,
    back: String,
}

async fn clock(State(world): State<Arc<World>>, Form(form): Form<ClockMove>) -> Response {
    match form.what.as_str() {
        "minute" => world.clock.advance(Duration::from_mins(1)),
        "lifetime" => world.clock.advance(Duration::from_mins(15)),
        "freeze" => world.clock.freeze(),
        "run" => world.clock.run(),
        "reset" => world.clock.reset(),
        _ => {
            return problem(
                StatusCode::BAD_REQUEST,
                "there is no such move of the clock",
            );
        }
    }
    back(&world, &form.back)
}

/// A form's empty fields are left out, and what looks like a number is one: then it is the same
/// fault that the JSON door takes.
async fn fault(
    State(world): State<Arc<World>>,
    Form(mut form): Form<Map<String, Value>>,
) -> Response {
    let page = form.remove("back");
    let page = page.as_ref().and_then(Value::as_str).unwrap_or_default();
    let given = form.into_iter().filter_map(|(name, value)| {
        let text = value.as_str()?.trim();
        let value = match name.as_str() {
            "times" | "delay_ms" | "probability" | "error_code" | "takes_effect" => {
                text.parse().unwrap_or(value.clone())
            }
            _ => Value::from(text),
        };
        (!text.is_empty()).then_some((name, value))
    });
    match serde_json::from_value::<Fault>(Value::Object(given.collect())) {
        Ok(fault) => {
            world.faults().add(fault);
            back(&world, page)
        }
        Err(error) => problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

#[derive(Deserialize)]
struct Back {
    back: String,
}

async fn clear(State(world): State<Arc<World>>, Form(form): Form<Back>) -> Response {
    world.faults().clear();
    back(&world, &form.back)
}

#[derive(Deserialize)]
struct Play {
    tid: String,
    script: String,
    back: String,
}

async fn play(State(world): State<Arc<World>>, Form(form): Form<Play>) -> Response {
    match payer::play(&world, &form.tid, &form.script) {
        Ok(_) => back(&world, &form.back),
        Err(error) => problem(StatusCode::CONFLICT, &error.to_string()),
    }
}

/// Sends a call again as it came, key and all; it is answered and journaled as any other.
async fn resend(
    State(world): State<Arc<World>>,
    Path(number): Path<u64>,
    Form(form): Form<Back>,
) -> Response {
    let sent = world.journal().sent(number);
    match sent {
        Some(call) => {
            api::again(&world, call).await;
            back(&world, &form.back)
        }
        None => problem(
            StatusCode::NOT_FOUND,
            "there is no such call in the journal",
        ),
    }
}

/// Back to one of these pages, and to nowhere else.
fn back(world: &World, page: &str) -> Response {
    world.journal().stir();
    let own = page.starts_with("/_sandbox/");
    Redirect::to(if own { page } else { "/_sandbox/" }).into_response()
}
