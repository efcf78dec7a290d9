//! The doors, and what is around all of them.
//!
//! **Invariant**: outermost is the log, so that it has what became of a request, whoever answered it; what
//! refuses one (a limit, a panic, the router) stands within what tells errors to people and programs.

mod reader;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use http::{HeaderName, HeaderValue};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::http::request_id::{self, Recorder};
use crate::http::{Problem, connections, public_url, time_limit};
use crate::{api, checkout, docs, limits};

/// The shop's, the payer's, that of whoever reads of danpay, and that of machines that watch.
pub(crate) fn all(app: &App) -> Router {
    let recorder = Recorder {
        entropy: app.flow.entropy.clone(),
        trusted_proxies: app.rates.trusted_proxies().clone(),
        public_url: Arc::clone(&app.public_url),
    };
    let header = |name, value| {
        SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    // The first is the outermost. Together, since each layer of its own would be boxed for each request.
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(recorder, request_id::record))
        .layer(middleware::map_response_with_state(
            Arc::new(app.draining.clone()),
            connections::close_when_draining,
        ))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header("cache-control", "no-store"))
        .layer(middleware::from_fn(reader::speak))
        .layer(middleware::from_fn_with_state(
            limits::REQUEST,
            time_limit::in_time,
        ))
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(CatchPanicLayer::custom(|_| panicked()));
    Router::new()
        .merge(api::routes(app))
        .merge(api::openapi_routes())
        .merge(api::health_routes())
        .merge(checkout::routes())
        .merge(docs::routes())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(around)
        .with_state(app.clone())
}

/// Of whoever watches the server, apart from the others.
pub(crate) fn of_watchers(app: &App) -> Router {
    api::health_routes()
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app.public_url),
            public_url::known,
        ))
        .with_state(app.clone())
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::broken().into_response()
}
