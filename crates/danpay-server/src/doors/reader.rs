//! How an error is told: a person reads a page, a program a problem. Which of them reads an answer, its
//! address tells.
//!
//! **Invariant**: whatever refuses a request (a handler, the router, a limit, a panic), the answer is of the
//! kind that the door's visitors read.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};

use crate::http::{Code, Problem, once, problem};
use crate::{checkout, docs};

/// Who reads what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A payer, at an address of the payer's door.
    Payer,
    /// Somebody with a browser, anywhere else, or who looks for an explanation.
    Visitor,
    /// A program.
    Program,
    /// What watches the server: it reads a status, and a word beside it.
    Watcher,
}

/// Tells an error in the way that its reader reads, whoever has refused the request.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let reader = reader(request.uri().path(), request.headers());
    let answer = match once::repeated(request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    match reader {
        Reader::Payer => as_page(answer, true),
        Reader::Visitor => as_page(answer, false),
        Reader::Program => as_problem(answer),
        Reader::Watcher => answer,
    }
}

fn reader(path: &str, headers: &HeaderMap) -> Reader {
    if matches!(path, "/livez" | "/readyz") {
        Reader::Watcher
    } else if is_at(path, "/v1") {
        Reader::Program
    } else if is_at(path, "/pay") || is_at(path, "/return") {
        Reader::Payer
    } else if is_at(path, docs::PROBLEMS) || wants_page(headers) {
        Reader::Visitor
    } else {
        Reader::Program
    }
}

/// The door itself, or below it.
fn is_at(path: &str, door: &str) -> bool {
    let below = path.strip_prefix(door);
    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Browsers name it; programs that take anything (`*/*`) do not.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.to_ascii_lowercase().contains("text/html"))
}

/// What else the answer says (which methods are taken, when to come again) stays.
fn as_page(answer: Response, is_payment: bool) -> Response {
    if is_of_type(&answer, "text/html") {
        return answer;
    }
    let (said, _) = answer.into_parts();
    let mut page = checkout::error_page(said.status, is_payment);
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = said.headers.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    *page.extensions_mut() = said.extensions;
    page
}

fn as_problem(answer: Response) -> Response {
    if is_of_type(&answer, problem::MEDIA_TYPE) {
        return answer;
    }
    match answer.status() {
        StatusCode::NOT_FOUND => Problem::not_found(),
        status if status.is_server_error() => Problem::broken(),
        status => Problem::new(
            Code::BadRequest,
            "The request cannot be read.",
            "요청을 읽을 수 없습니다.",
        )
        .under(status),
    }
    .into_response()
}

fn is_of_type(answer: &Response, media_type: &str) -> bool {
    let told = answer.headers().get(header::CONTENT_TYPE);
    told.is_some_and(|told| told.as_bytes().starts_with(media_type.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::get;
    use http::HeaderValue;
    use tower::ServiceExt as _;

    use super::*;
    use crate::http::time_limit;

    #[test]
    fn an_address_tells_who_reads_its_answers() {
        let page = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (path, accept, expected) in [
            ("/v1", page, Reader::Program),
            ("/v1/payments/%ff", page, Reader::Program),
            ("/v1x", page, Reader::Visitor),
            ("/pay", "*/*", Reader::Payer),
            ("/pay/pay_1/", "application/json", Reader::Payer),
            ("/return/x", "", Reader::Payer),
            ("/payments", "", Reader::Program),
            ("/docs/problems/no_such_code", "*/*", Reader::Visitor),
            ("/", "Text/HTML", Reader::Visitor),
            ("/", "*/*", Reader::Program),
            ("/readyz", page, Reader::Watcher),
        ] {
            let accept = HeaderValue::from_static(accept);
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept)]);
            assert_eq!(reader(path, &headers), expected, "{path} {headers:?}");
        }
    }

    /// The status and the media type of what is answered at `path`.
    async fn answered(path: &str) -> (StatusCode, String) {
        let doors = Router::new()
            .route("/v1/slow", get(pending::<()>))
            .route("/pay/slow", get(pending::<()>))
            .route("/v1/bare", get(async || StatusCode::BAD_REQUEST))
            .route("/pay/bare", get(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route(
                "/readyz",
                get(async || (StatusCode::SERVICE_UNAVAILABLE, "no\n")),
            )
            .layer(from_fn_with_state(Duration::ZERO, time_limit::in_time))
            .layer(from_fn(speak));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = doors.oneshot(request).await.unwrap();
        if path.ends_with("/slow") {
            assert_eq!(answer.headers()[header::RETRY_AFTER], "2", "{path}");
        }
        let media_type = &answer.headers()[header::CONTENT_TYPE];
        (answer.status(), media_type.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn time_limits_and_errors_of_others_are_told_as_the_door_tells_them() {
        let page = "text/html; charset=utf-8";
        for (path, status, media_type) in [
            ("/v1/slow", 503, problem::MEDIA_TYPE),
            ("/pay/slow", 503, page),
            ("/v1/bare", 400, problem::MEDIA_TYPE),
            ("/pay/bare", 500, page),
            ("/readyz", 503, "text/plain; charset=utf-8"),
        ] {
            let (told, of_type) = answered(path).await;
            assert_eq!(
                (told.as_u16(), of_type.as_str()),
                (status, media_type),
                "{path}"
            );
        }
    }
}
