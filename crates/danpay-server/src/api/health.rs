//! Whether the process lives, and whether it can take payments.

use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::store::server::Ping;

pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Ready when the books can be written and nobody has asked it to stop.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match app.flow.store.ask(Ping).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "the books cannot be written");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database is not available\n",
            )
        }
    }
}
