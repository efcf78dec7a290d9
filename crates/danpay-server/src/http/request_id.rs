//! What is logged of a request: one line when it has been answered, under an id of its own. Whatever is
//! logged meanwhile has the id as well, and the payment's if it is about one.
//!
//! **Invariant**: a line holds the route, never the address: an address may hold a `pg_token`. Of what was
//! refused it names the members, and never says what came in them.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use danpay_core::PaymentId;
use http::{HeaderName, HeaderValue, Method};
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::{Empty, display};

use super::client_address::{TrustedProxies, client_of};
use super::problem::Refused;
use super::public_url;
use crate::clock::Entropy;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that is being answered.
pub(crate) fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// The name of the API key that a request came with, as its answer carries it to the log.
#[derive(Clone, Debug)]
pub(crate) struct KeyName(pub(crate) Arc<str>);

/// What requests get their ids from, and their clients' addresses.
#[derive(Clone)]
pub(crate) struct Recorder {
    pub(crate) entropy: Entropy,
    pub(crate) trusted_proxies: TrustedProxies,
    /// The server's own, which problems refer to.
    pub(crate) public_url: Arc<str>,
}

/// What is known of a request before it is answered.
struct Asked {
    method: Method,
    route: String,
    client: Option<IpAddr>,
    began: Instant,
}

/// Gives a request its id, and logs its end.
pub(crate) async fn record(
    State(recorder): State<Recorder>,
    request: Request,
    next: Next,
) -> Response {
    // Without randomness the line is still worth having.
    let random = recorder.entropy.bytes::<8>().unwrap_or_default();
    let id = format!("req_{:016x}", u64::from_be_bytes(random));
    let route = request.extensions().get::<MatchedPath>();
    let asked = Asked {
        method: request.method().clone(),
        route: route.map_or("unmatched", MatchedPath::as_str).to_owned(),
        client: client_of(&request, &recorder.trusted_proxies),
        began: Instant::now(),
    };
    let span = tracing::info_span!("request", request_id = id, payment.id = Empty);
    if let Some(payment) = payment_in(request.uri().path()) {
        span.record("payment.id", display(payment));
    }
    let answered = async {
        let response = next.run(request).await;
        log(&asked, &response);
        response
    };
    let answered = REQUEST_ID.scope(id.clone(), answered.instrument(span));
    let mut response = public_url::known_to(recorder.public_url, answered).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// The payment that an address names. The flow says which one a create makes.
fn payment_in(path: &str) -> Option<PaymentId> {
    path.split('/').find_map(|part| part.parse().ok())
}

fn log(asked: &Asked, response: &Response) {
    let Asked {
        method,
        route,
        client,
        began,
    } = asked;
    let status = response.status();
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Whoever watches the server asks all day long.
    if matches!(route.as_str(), "/livez" | "/readyz") {
        let status = status.as_u16();
        tracing::debug!(%method, route, status, duration_ms, "request answered");
        return;
    }
    let said = response.extensions();
    let refused = said.get::<Refused>();
    // Who it was says more than needs to be kept, unless something is wrong.
    let is_wrong = status.is_client_error();
    let key = said.get::<KeyName>().filter(|_| is_wrong);
    let client = client.filter(|_| is_wrong);
    tracing::info!(
        %method,
        route,
        status = status.as_u16(),
        duration_ms,
        problem.code = refused.map(|refused| refused.code),
        problem.fields = refused.and_then(|refused| refused.fields.as_deref()),
        key.name = key.map(|KeyName(name)| &**name),
        client.address = client.map(display),
        "request answered"
    );
}
