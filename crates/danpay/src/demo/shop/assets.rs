//! What the shop's pages are made of besides.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::routing::get;

const CSS: &str = concat!(
    include_str!("../../../assets/family.css"),
    include_str!("../../../assets/shop.css")
);
const SCRIPT: &str = include_str!("../../../assets/shop.js");
const ICON: &str = include_str!("../../../assets/shop.svg");

pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/shop.css", get(async || (kind("text/css"), CSS)))
        .route("/shop.js", get(async || (kind("text/javascript"), SCRIPT)))
        .route("/shop.svg", get(async || (kind("image/svg+xml"), ICON)))
}

fn kind(kind: &'static str) -> [(HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, kind)]
}
