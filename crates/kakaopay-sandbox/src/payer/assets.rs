//! The pages' style sheets and scripts, under addresses that change with their content.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

const ICON: &str = include_str!("../../assets/icon.svg");

struct Asset {
    stem: &'static str,
    ending: &'static str,
    kind: &'static str,
    content: &'static str,
    fingerprint: u64,
}

static CSS: Asset = Asset::css(
    "pay",
    concat!(
        include_str!("../../assets/family.css"),
        include_str!("../../assets/pay.css")
    ),
);
static JS: Asset = Asset::js("pay", include_str!("../../assets/pay.js"));
static DESK_CSS: Asset = Asset::css("desk", include_str!("../../assets/desk.css"));
static DESK_JS: Asset = Asset::js("desk", include_str!("../../assets/desk.js"));

impl Asset {
    const fn css(stem: &'static str, content: &'static str) -> Self {
        Self {
            stem,
            ending: "css",
            kind: "text/css; charset=utf-8",
            content,
            fingerprint: fingerprint(content),
        }
    }

    const fn js(stem: &'static str, content: &'static str) -> Self {
        Self {
            stem,
            ending: "js",
            kind: "text/javascript; charset=utf-8",
            content,
            fingerprint: fingerprint(content),
        }
    }

    fn name(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.fingerprint, self.ending)
    }

    fn url(&self) -> String {
        format!("/pay/assets/{}", self.name())
    }
}

pub(crate) fn css_url() -> String {
    CSS.url()
}

pub(crate) fn js_url() -> String {
    JS.url()
}

pub(crate) fn desk_css_url() -> String {
    DESK_CSS.url()
}

pub(crate) fn desk_js_url() -> String {
    DESK_JS.url()
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let assets = [&CSS, &JS, &DESK_CSS, &DESK_JS];
    let Some(asset) = assets.into_iter().find(|asset| asset.name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let forever = "public, max-age=31536000, immutable";
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, forever),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.content).into_response()
}

/// Browsers ask for it by themselves; it keeps them out of the journal of merchants' calls.
pub(super) async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
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
