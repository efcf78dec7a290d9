//! The pages' one style sheet and one script, under addresses that change with their content.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

const CSS: &str = include_str!("../../assets/pay.css");
const ICON: &str = include_str!("../../assets/icon.svg");
const JS: &str = include_str!("../../assets/pay.js");

pub(crate) fn css_url() -> String {
    format!("/pay/assets/{}", css_name())
}

pub(crate) fn js_url() -> String {
    format!("/pay/assets/{}", js_name())
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let (kind, content) = if name == css_name() {
        ("text/css; charset=utf-8", CSS)
    } else if name == js_name() {
        ("text/javascript; charset=utf-8", JS)
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let forever = "public, max-age=31536000, immutable";
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, forever),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

/// Browsers ask for it by themselves; it keeps them out of the journal of merchants' calls.
pub(super) async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
}

fn css_name() -> String {
    format!("pay-{:016x}.css", const { fingerprint(CSS) })
}

fn js_name() -> String {
    format!("pay-{:016x}.js", const { fingerprint(JS) })
}

/// FNV-1a: enough to tell two versions of a file apart, and known when compiling.
const fn fingerprint(content: &str) -> u64 {
    let mut bytes = content.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    while let [byte, rest @ ..] = bytes {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = rest;
    }
    hash
}
