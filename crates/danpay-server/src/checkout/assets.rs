//! The page's one style sheet, under a name that changes with its content.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::header;
use sha2::{Digest, Sha256};

use super::Named;
use crate::http::Problem;

const CSS: &str = include_str!("../../assets/checkout.css");

static CSS_NAME: LazyLock<String> = LazyLock::new(|| {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(CSS.as_bytes()).into();
    format!("checkout-{:08x}.css", u32::from_be_bytes([a, b, c, d]))
});

/// The style sheet's address below a public URL.
pub(super) fn css_url(public_url: &str) -> String {
    format!("{public_url}/assets/{}", *CSS_NAME)
}

pub(super) async fn serve(Named(name): Named<String>) -> Response {
    if name != *CSS_NAME {
        return Problem::not_found().into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, CSS).into_response()
}
