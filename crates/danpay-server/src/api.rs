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
mod openapi;
mod payments;
mod problems;
mod rate;
mod roles;
mod shop;
mod webhook_deliveries;
mod webhook_endpoints;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use tower::ServiceBuilder;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::app::App;
use crate::store::keys::Role;

pub(crate) use crate::wire::Payment as PaymentJson;
pub(crate) use caller::{Caller, KnownKeys};
pub(crate) use csv::Exports;
pub(crate) use health::Readiness;
pub use openapi::openapi_json;
pub(crate) use openapi::{document as openapi_document, referred, routes as openapi_routes};
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
    // The first is met first.
    let allowed = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(
            app.clone(),
            rate::per_address,
        ))
        .layer(key())
        .layer(middleware::from_fn_with_state(app.clone(), rate::per_key));
    let (ending, rest) = described();
    Router::from(rest.route_layer(allowed)).merge(Router::from(ending.route_layer(key())))
}

/// The same with what is said of each: those that end a payment, and the rest.
fn described() -> (OpenApiRouter<App>, OpenApiRouter<App>) {
    let ending = OpenApiRouter::new()
        .routes(routes!(payments::approve::approve))
        .routes(routes!(payments::cancel::cancel));
    // What has rows is given as JSON, a page, or as CSV, all of it.
    let rows = || middleware::map_response(csv::vary);
    let rest = OpenApiRouter::new()
        .routes(routes!(payments::create::create))
        .routes(routes!(list::list).layer(rows()))
        .routes(routes!(payments::show::show))
        .routes(routes!(payments::withdraw::withdraw))
        .routes(routes!(payments::recover::recover))
        .routes(routes!(events::list))
        .routes(routes!(feed::list).layer(rows()))
        .routes(routes!(shop::show))
        .routes(routes!(
            webhook_endpoints::create::create,
            webhook_endpoints::show::list
        ))
        .routes(routes!(
            webhook_endpoints::show::show,
            webhook_endpoints::update::update,
            webhook_endpoints::remove::remove
        ))
        .routes(routes!(webhook_endpoints::rotate_secret::rotate_secret))
        .routes(routes!(webhook_endpoints::ping::ping))
        .routes(routes!(webhook_endpoints::resend_failed::resend_failed))
        .routes(routes!(webhook_deliveries::list).layer(rows()))
        .routes(routes!(webhook_deliveries::show))
        .routes(routes!(webhook_deliveries::resend));
    (ending, rest)
}

/// The routes for machines that watch.
pub(crate) fn health_routes() -> Router<App> {
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
}
