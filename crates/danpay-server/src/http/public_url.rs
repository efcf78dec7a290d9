//! Where this server's pages are, for what refers to them while a request is answered.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

tokio::task_local! {
    static PUBLIC_URL: Arc<str>;
}

/// The server's own public URL, without a slash at its end; nothing outside of a request.
pub(crate) fn public_url() -> Option<Arc<str>> {
    PUBLIC_URL.try_with(Arc::clone).ok()
}

/// Makes it known to what answers a request.
pub(crate) fn known_to<F: Future>(url: Arc<str>, answered: F) -> impl Future<Output = F::Output> {
    PUBLIC_URL.scope(url, answered)
}

/// The same as a layer, for a door whose requests are not recorded.
pub(crate) async fn known(State(url): State<Arc<str>>, request: Request, next: Next) -> Response {
    known_to(url, next.run(request)).await
}
