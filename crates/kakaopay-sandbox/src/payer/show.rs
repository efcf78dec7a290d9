//! A page as it is sent: rendered, and with its headers.
//! Invariant: a page runs nothing that is not in the one script.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

/// No inline style or script. `frame-ancestors` is left out as shops show the PC page in a layer,
/// and `form-action` because browsers apply it to the redirect into the shop as well.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; img-src 'self'; base-uri 'none'";

pub(crate) fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a payer's page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
