//! The headers of every answer of the shop's: as the payment server has them.
//!
//! **Invariant**: a page runs nothing but the shop's own script, and is shown in no other's frame.

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// Clones are one and the same.
#[derive(Clone)]
pub(super) struct Headers {
    policy: HeaderValue,
}

impl Headers {
    /// A form of the shop's leads to the shop, and from there to one of these.
    pub(super) fn new(onward: &[&str]) -> Result<Self> {
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
             img-src 'self'; base-uri 'none'; form-action 'self' {}; frame-ancestors 'none'",
            onward.join(" ")
        );
        let policy = policy.try_into().context("no address for a header")?;
        Ok(Self { policy })
    }
}

pub(super) async fn set(
    State(Headers { policy }): State<Headers>,
    mut response: Response,
) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let fixed: [(HeaderName, &str); 3] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
