//! What is logged of a request: one line when it has been answered, under an id of its own.
//!
//! **Invariant**: a line holds the route, never the address: an address may hold a `pg_token`.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::time::Instant;
use tracing::Instrument;

use super::Problem;
use crate::clock::Entropy;
use crate::limits;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that is being answered.
pub(crate) fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Gives a request its id and its time limit, and logs its end.
pub(crate) async fn record(
    State(entropy): State<Entropy>,
    request: Request,
    next: Next,
) -> Response {
    // Without randomness the line is still worth having.
    let random = entropy.bytes::<8>().unwrap_or_default();
    let id = format!("req_{:016x}", u64::from_be_bytes(random));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", request_id = id);
    let started = Instant::now();
    let answered = async {
        let answer = tokio::time::timeout(limits::REQUEST, next.run(request)).await;
        let response = answer.unwrap_or_else(|_| too_slow().into_response());
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(%method, route, status, duration_ms, "request answered");
        response
    };
    let mut response = REQUEST_ID
        .scope(id.clone(), answered.instrument(span))
        .await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "The request took too long. What it began goes on; look at the payment.",
        "요청이 너무 오래 걸렸습니다. 시작된 처리는 계속되니 결제를 조회해 주세요.",
    )
}
