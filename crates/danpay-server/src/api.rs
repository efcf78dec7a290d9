//! The shop's door: JSON over HTTP, an API key, problems as RFC 9457.
//!
//! **Invariant**: handlers read, call one step of the flow and render; they decide nothing.
//! What comes from outside is read by `extract` and `json` alone.

mod bearer;
mod caller;
mod csv;
mod events;
mod extract;
mod feed;
mod filter;
mod health;
mod idempotency;
mod json;
mod list;
mod payments;
mod problems;
mod rate;
mod roles;
mod shop;
mod webhook_deliveries;
mod webhook_endpoints;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tower::ServiceBuilder;

use crate::app::App;
use crate::store::keys::Role;

pub(crate) use crate::wire::Payment as PaymentJson;
pub(crate) use caller::{Caller, KnownKeys};
pub(crate) use csv::Exports;
pub(crate) use health::Readiness;
pub(crate) use rate::Rates;

/// What is at the shop's door, and which keys may use it besides those of the role `full`: the method,
/// the route, the roles.
pub fn shop_routes() -> impl Iterator<Item = (http::Method, &'static str, &'static [Role])> {
    roles::TABLE
        .iter()
        .map(|(method, route, roles)| (method.clone(), *route, *roles))
}

/// The routes below `/v1`, each behind the API key. Approve and cancel may come as often as they like.
pub(crate) fn routes(app: &App) -> Router<App> {
    let key = || middleware::from_fn_with_state(app.clone(), caller::require);
    let ending = Router::new()
        .route("/v1/payments/{id}/approve", post(payments::approve))
        .route("/v1/payments/{id}/cancel", post(payments::cancel))
        .route_layer(key());
    // The first is met first.
    let allowed = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(
            app.clone(),
            rate::per_address,
        ))
        .layer(key())
        .layer(middleware::from_fn_with_state(app.clone(), rate::per_key));
    // What has rows is given as JSON, a page, or as CSV, all of it.
    let rows = || middleware::map_response(csv::vary);
    Router::new()
        .route(
            "/v1/payments",
            post(payments::create).merge(get(list::list).layer(rows())),
        )
        .route("/v1/payments/{id}", get(payments::show))
        .route("/v1/payments/{id}/withdraw", post(payments::withdraw))
        .route("/v1/payments/{id}/recover", post(payments::recover))
        .route("/v1/payments/{id}/events", get(events::list))
        .route("/v1/events", get(feed::list).layer(rows()))
        .route("/v1/shop", get(shop::show))
        .route(
            "/v1/webhook_endpoints",
            post(webhook_endpoints::create).get(webhook_endpoints::list),
        )
        .route(
            "/v1/webhook_endpoints/{id}",
            get(webhook_endpoints::show)
                .patch(webhook_endpoints::update)
                .delete(webhook_endpoints::remove),
        )
        .route(
            "/v1/webhook_endpoints/{id}/rotate_secret",
            post(webhook_endpoints::rotate_secret),
        )
        .route(
            "/v1/webhook_endpoints/{id}/ping",
            post(webhook_endpoints::ping),
        )
        .route(
            "/v1/webhook_endpoints/{id}/resend_failed",
            post(webhook_endpoints::resend_failed),
        )
        .route(
            "/v1/webhook_deliveries",
            get(webhook_deliveries::list).layer(rows()),
        )
        .route("/v1/webhook_deliveries/{id}", get(webhook_deliveries::show))
        .route(
            "/v1/webhook_deliveries/{id}/resend",
            post(webhook_deliveries::resend),
        )
        .route_layer(allowed)
        .merge(ending)
}

/// The routes for machines that watch.
pub(crate) fn health_routes() -> Router<App> {
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
}
