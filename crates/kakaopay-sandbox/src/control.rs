//! The tester's door, under `/_sandbox/`: the ledger, the clock, faults, the journal and scripted
//! payers. Invariant: whatever can be done here can be done from Rust as well, by the same path.

pub(crate) mod journal;
mod page;
mod record;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

pub use self::record::PaymentRecord;
pub(crate) use self::record::{record, records};
use crate::fault::{Fault, FaultKind};
use crate::payer::{self, PlayError, SCRIPTS};
use crate::world::World;

type Read<T> = Result<Json<T>, JsonRejection>;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/", get(page::overview))
        .route(
            "/_sandbox/health",
            get(|| async { Json(json!({ "status": "ok" })) }),
        )
        .route("/_sandbox/payer", get(scripts).post(play))
        .route("/_sandbox/clock", get(clock).post(advance))
        .route("/_sandbox/payments", get(payments))
        .route("/_sandbox/payments/{tid}", get(payment))
        .route("/_sandbox/faults", get(faults).post(inject).delete(clear))
        .route("/_sandbox/journal", get(journal))
}

async fn scripts() -> Response {
    let scripts: Vec<_> = SCRIPTS
        .iter()
        .map(|(name, does)| json!({ "script": name, "does": does }))
        .collect();
    Json(json!({ "scripts": scripts })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Play {
    tid: String,
    script: String,
}

async fn play(State(world): State<Arc<World>>, play: Read<Play>) -> Response {
    let Json(play) = match play {
        Ok(play) => play,
        Err(rejection) => return unread(&rejection),
    };
    match payer::play(&world, &play.tid, &play.script) {
        Ok(redirect_to) => Json(json!({ "redirect_to": redirect_to })).into_response(),
        Err(error) => {
            let status = match error {
                PlayError::UnknownPayment(_) => StatusCode::NOT_FOUND,
                PlayError::UnknownScript(_) => StatusCode::BAD_REQUEST,
                PlayError::Finished(_) | PlayError::MethodNotOffered => StatusCode::CONFLICT,
            };
            problem(status, &error.to_string())
        }
    }
}

async fn clock(State(world): State<Arc<World>>) -> Response {
    time(&world)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: u64,
}

async fn advance(State(world): State<Arc<World>>, advance: Read<Advance>) -> Response {
    match advance {
        Ok(Json(advance)) => {
            world.clock.advance(Duration::from_secs(advance.advance_s));
            time(&world)
        }
        Err(rejection) => unread(&rejection),
    }
}

fn time(world: &World) -> Response {
    let ahead_s = world.clock.offset().as_secs();
    Json(json!({ "now": world.clock.now(), "ahead_s": ahead_s })).into_response()
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
    Json(json!({ "faults": FaultKind::ALL, "waiting": world.faults().waiting() })).into_response()
}

async fn inject(State(world): State<Arc<World>>, fault: Read<Fault>) -> Response {
    match fault {
        Ok(Json(fault)) if fault.delay_ms <= Fault::DELAY_MS_MAX => {
            world.faults().add(fault.clone());
            (StatusCode::CREATED, Json(fault)).into_response()
        }
        Ok(_) => {
            let message = format!("delay_ms is at most {}", Fault::DELAY_MS_MAX);
            problem(StatusCode::UNPROCESSABLE_ENTITY, &message)
        }
        Err(rejection) => unread(&rejection),
    }
}

async fn clear(State(world): State<Arc<World>>) -> StatusCode {
    world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn journal(State(world): State<Arc<World>>) -> Response {
    let entries = world.journal().entries();
    Json(json!({ "entries": entries })).into_response()
}

fn unread(rejection: &JsonRejection) -> Response {
    problem(rejection.status(), &rejection.body_text())
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
