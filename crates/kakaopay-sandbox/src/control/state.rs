//! The whole state at once: read, replaced or forgotten; and what testers give to payers.
//! Invariant: a state that cannot be read changes nothing.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};

use super::{Said, problem};
use crate::ledger::Wallet;
use crate::world::World;

/// A state of ten thousand payments has some fifteen megabytes; what the books hold at most,
/// written out, is less than this.
const STATE_MAX: usize = 256 * 1024 * 1024;
/// The limit of `partner_user_id`.
const USER_ID: usize = 100;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/state", get(save).put(load).delete(reset))
        .layer(axum::extract::DefaultBodyLimit::max(STATE_MAX))
        .route("/_sandbox/wallets/{user_id}", get(wallet).put(give))
}

async fn save(State(world): State<Arc<World>>) -> Response {
    match world.save() {
        Ok(state) => ([(header::CONTENT_TYPE, "application/json")], state).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn load(State(world): State<Arc<World>>, state: String) -> Response {
    match world.load(&state) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn reset(State(world): State<Arc<World>>) -> StatusCode {
    world.reset();
    StatusCode::NO_CONTENT
}

async fn wallet(State(world): State<Arc<World>>, Path(user_id): Path<String>) -> Response {
    Json(world.look(|books| books.ledger.wallet(&user_id))).into_response()
}

async fn give(
    State(world): State<Arc<World>>,
    Path(user_id): Path<String>,
    Said(wallet): Said<Wallet>,
) -> Response {
    if user_id.chars().count() > USER_ID {
        let message = "a partner_user_id has at most 100 characters";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    }
    world.books(|books, _now| books.ledger.give(user_id, wallet));
    Json(wallet).into_response()
}
