//! The merchant's secret key, replaced while it runs, as in KakaoPay's developer centre.
//! Invariant: a key comes in here and goes nowhere: no answer, page, journal or state has it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use super::{Said, problem};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// `null` takes any key. It has to be said: to leave it out by mistake opens no door.
    #[serde(deserialize_with = "Option::deserialize")]
    secret_key: Option<String>,
}

pub(super) async fn replace(State(world): State<Arc<World>>, Said(key): Said<Key>) -> Response {
    let key = key.secret_key.as_deref();
    let fits = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !key.is_none_or(fits) {
        let message = "a secret key is one or more visible ASCII characters; null takes any key";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    }
    world.set_secret_key(key);
    StatusCode::NO_CONTENT.into_response()
}
