//! The tester's door, under `/_sandbox/`: the ledger, the clock, faults, the journal and scripted
//! payers. Invariant: whatever can be done here can be done from Rust as well, by the same path.

mod admit;
mod key;
mod live;
mod moves;
mod page;
mod record;
mod said;
mod state;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::record::{LedgerEntry, PaymentRecord};
pub(crate) use self::record::{record, records};
use self::said::Said;
use crate::fault::{Fault, FaultKind};
use crate::journal;
use crate::payer::{self, PlayError, Trail};
use crate::world::World;

pub(crate) fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    let guarded = middleware::from_fn_with_state(Arc::clone(world), admit::admit);
    Router::new()
        .route("/_sandbox", get(|| async { Redirect::to("/_sandbox/") }))
        .route("/_sandbox/", get(page::overview))
        .route(
            "/_sandbox/health",
            get(|| async { Json(json!({ "status": "ok" })) }),
        )
        .route("/_sandbox/payer", get(scripts).post(play))
        .route("/_sandbox/clock", get(clock).post(wind))
        .route("/_sandbox/payments", get(payments))
        .route("/_sandbox/payments/{tid}", get(payment))
        .route("/_sandbox/payments/{tid}/page", get(page::payment))
        .route("/_sandbox/phone", get(page::phone))
        .route("/_sandbox/live", get(live::live))
        .route("/_sandbox/faults", get(faults).post(inject).delete(clear))
        .route("/_sandbox/journal", get(journal))
        .route("/_sandbox/secret-key", post(key::replace))
        .merge(moves::routes())
        .merge(state::routes())
        .layer(guarded)
}

async fn scripts() -> Response {
    let scripts: Vec<_> = payer::scripts()
        .iter()
        .map(|script| json!({ "script": script.name, "does": script.does, "does_ko": script.does_ko }))
        .collect();
    Json(json!({ "scripts": scripts })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Play {
    tid: String,
    script: String,
    /// Whether the sandbox is to be the payer's browser and visit the address.
    #[serde(default)]
    follow: bool,
}

/// Where a script sends the payer's browser. The way back stands here also when nobody was there to
/// be visited: a payment is authenticated once, so it is told once.
#[derive(Serialize)]
struct Told {
    redirect_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    /// The last address whose visit came to an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    followed: Option<Trail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

async fn play(State(world): State<Arc<World>>, Said(play): Said<Play>) -> Response {
    let played = match payer::play(&world, &play.tid, &play.script) {
        Ok(played) => played,
        Err(error) => return problem(status_of(&error), &error.to_string()),
    };
    let mut told = Told {
        redirect_to: played.redirect_to,
        then: played.then,
        followed: None,
        error: None,
    };
    if play.follow {
        told.follow().await;
    }
    let status = match told.error {
        Some(_) => StatusCode::BAD_GATEWAY,
        None => StatusCode::OK,
    };
    (status, Json(told)).into_response()
}

impl Told {
    async fn follow(&mut self) {
        for address in [&self.redirect_to, &self.then].into_iter().flatten() {
            match payer::follow(address).await {
                Ok(trail) => self.followed = Some(trail),
                Err(error) => {
                    self.error = Some(error);
                    return;
                }
            }
        }
    }
}

fn status_of(error: &PlayError) -> StatusCode {
    match error {
        PlayError::UnknownPayment(_) => StatusCode::NOT_FOUND,
        PlayError::UnknownScript(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    }
}

async fn clock(State(world): State<Arc<World>>) -> Response {
    time(&world)
}

/// Done in this order: `reset`, `set`, `advance_s`, `frozen`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Hands {
    reset: bool,
    set: Option<Timestamp>,
    advance_s: u64,
    frozen: Option<bool>,
}

async fn wind(State(world): State<Arc<World>>, Said(hands): Said<Hands>) -> Response {
    if hands.reset {
        world.clock.reset();
    }
    if let Some(to) = hands.set {
        world.clock.set(to);
    }
    world.clock.advance(Duration::from_secs(hands.advance_s));
    match hands.frozen {
        Some(true) => world.clock.freeze(),
        Some(false) => world.clock.run(),
        None => {}
    }
    world.journal().stir();
    time(&world)
}

fn time(world: &World) -> Response {
    let ahead_s = world.clock.offset().as_secs();
    let frozen = world.clock.is_frozen();
    Json(json!({ "now": world.clock.now(), "ahead_s": ahead_s, "frozen": frozen })).into_response()
}

async fn payments(State(world): State<Arc<World>>) -> Response {
    Json(json!({ "payments": records(&world) })).into_response()
}

async fn payment(State(world): State<Arc<World>>, Path(tid): Path<String>) -> Response {
    match record(&world, &tid) {
        Some(record) => Json(record).into_response(),
        None => problem(StatusCode::NOT_FOUND, "there is no such payment"),
    }
}

async fn faults(State(world): State<Arc<World>>) -> Response {
    let kinds: Vec<_> = FaultKind::ALL
        .iter()
        .map(|kind| json!({ "fault": kind, "does": kind.does(), "does_ko": kind.does_ko() }))
        .collect();
    let waiting = world.faults().waiting();
    Json(json!({ "faults": FaultKind::ALL, "kinds": kinds, "waiting": waiting })).into_response()
}

async fn inject(State(world): State<Arc<World>>, Said(fault): Said<Fault>) -> Response {
    world.faults().add(fault.clone());
    world.journal().stir();
    (StatusCode::CREATED, Json(fault)).into_response()
}

async fn clear(State(world): State<Arc<World>>) -> StatusCode {
    world.faults().clear();
    world.journal().stir();
    StatusCode::NO_CONTENT
}

async fn journal(State(world): State<Arc<World>>) -> Response {
    let entries = journal::entries(&world.notes());
    Json(json!({ "entries": entries })).into_response()
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
