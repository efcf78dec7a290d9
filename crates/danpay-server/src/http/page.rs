//! A page as it is answered. Its one style sheet is in the page itself, so that it has its looks at whatever
//! address and behind whatever proxy it is shown, and the policy names it by its hash.

use std::fmt::Display;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{StatusCode, header};
use sha2::{Digest as _, Sha256};

/// The content policy of a page: this style sheet and nothing else, from nowhere.
pub(crate) fn policy(css: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(css.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// A page that has been rendered, or the answer to one that could not be.
pub(crate) fn respond<T>(
    rendered: Result<T, impl Display>,
    status: StatusCode,
    policy: &str,
) -> Response
where
    Html<T>: IntoResponse,
{
    match rendered {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, policy);
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
