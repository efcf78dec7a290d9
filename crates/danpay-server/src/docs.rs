//! danpay's API as pages: the reference, one for each problem, which its `type` leads to, and a list of these.
//!
//! **Invariant**: a page says the same to everybody and needs no key, so anybody may keep it.

mod pages;
mod problems;
mod reference;
mod style;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::http::{Code, Problem};

/// Where they are.
pub(crate) const PROBLEMS: &str = "/docs/problems";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/docs", get(async || pages::reference()))
        .route(PROBLEMS, get(async || pages::problems()))
        .route("/docs/problems/{code}", get(problem))
}

/// Why a problem of this code comes, in English and Korean.
pub(crate) fn cause(code: Code) -> (&'static str, &'static str) {
    let cause = problems::entry(code).cause;
    (cause.en, cause.ko)
}

async fn problem(code: Result<Path<String>, PathRejection>) -> Response {
    let named = code.ok().and_then(|Path(name)| Code::named(&name));
    named.map_or_else(|| Problem::not_found().into_response(), pages::problem)
}
