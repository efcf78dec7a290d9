//! The shop's door: JSON over HTTP, an API key, problems as RFC 9457.
//!
//! **Invariant**: handlers read, call one step of the flow and render; they decide nothing.

mod body;
mod cancel;
mod events;
mod health;
mod idempotency;
pub(crate) mod key;
mod list;
mod payments;
mod problems;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::app::App;

pub(crate) use crate::wire::Payment as PaymentJson;

/// The routes below `/v1`, each behind the API key.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/v1/payments", post(payments::create).get(list::list))
        .route("/v1/payments/{id}", get(payments::show))
        .route("/v1/payments/{id}/approve", post(payments::approve))
        .route("/v1/payments/{id}/withdraw", post(payments::withdraw))
        .route("/v1/payments/{id}/cancel", post(cancel::cancel))
        .route("/v1/payments/{id}/recover", post(payments::recover))
        .route("/v1/payments/{id}/events", get(events::list))
        .route_layer(middleware::from_fn_with_state(app.clone(), key::require))
}

/// The routes for machines that watch.
pub(crate) fn health_routes() -> Router<App> {
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
}
