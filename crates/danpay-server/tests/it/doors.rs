//! Whatever is refused, a person reads a page and a program a problem.

use std::sync::atomic::Ordering;

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{World, order, read};

/// As browsers ask.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn asked(world: &World, method: Method, path: &str, accept: &str) -> Response {
    let url = format!("{}{path}", world.url);
    let request = world.http.request(method, url).bearer_auth(&world.api_key);
    request.header("accept", accept).send().await.unwrap()
}

/// What is shown, which must be a page that nobody keeps.
async fn page(response: Response) -> (StatusCode, String) {
    let headers = response.headers();
    assert_eq!(
        headers["content-type"], "text/html; charset=utf-8",
        "{response:?}"
    );
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers.contains_key("content-security-policy"));
    (response.status(), response.text().await.unwrap())
}

async fn problem(response: Response) -> (StatusCode, Value) {
    let headers = response.headers();
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{response:?}"
    );
    assert_eq!(headers["cache-control"], "no-store");
    read(response).await
}

#[tokio::test]
async fn payers_get_a_page_whatever_is_wrong_with_the_address() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let slash = format!("/pay/{}/", payment.id());
    for path in [
        "/pay",
        "/pay/",
        "/pay/%ff",
        "/pay/%ff/result",
        "/return",
        "/return/x/approve/%ff?pg_token=a",
        &slash,
    ] {
        for accept in [BROWSER, "*/*"] {
            let shown = asked(&world, Method::GET, path, accept).await;
            let (status, page) = page(shown).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert!(page.contains("data-testid=\"not-found\""), "{path}");
        }
    }
    // A query that nobody understands keeps nobody from paying.
    let odd = format!("/pay/{}?device=%ff&device=&&=", payment.id());
    let shown = asked(&world, Method::GET, &odd, BROWSER).await;
    assert_eq!(shown.status(), StatusCode::SEE_OTHER);
    let posted = format!("/pay/{}", payment.id());
    let shown = asked(&world, Method::POST, &posted, "*/*").await;
    assert_eq!(shown.headers()["allow"], "GET,HEAD");
    let (status, page) = page(shown).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.contains("data-testid=\"unopenable\""), "{page}");
}

#[tokio::test]
async fn whoever_comes_with_a_browser_to_an_address_that_is_none_gets_a_page() {
    let world = World::new().await;
    for path in ["/", "/nothing", "/assets/x", "/assets/%ff", "/livez/"] {
        let shown = asked(&world, Method::GET, path, BROWSER).await;
        let (status, page) = page(shown).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.contains("data-testid=\"no-page\""), "{path}");
        let told = asked(&world, Method::GET, path, "*/*").await;
        let (status, problem) = problem(told).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(problem["code"], "not_found", "{path}");
    }
}

#[tokio::test]
async fn shops_get_a_problem_whatever_they_ask_for_and_accept() {
    let world = World::new().await;
    let cases = [
        (Method::GET, "/v1", 404, "not_found"),
        (Method::GET, "/v1/", 404, "not_found"),
        (Method::GET, "/v1/payments/", 404, "not_found"),
        (Method::GET, "/v1/payments/%ff", 404, "not_found"),
        (Method::POST, "/v1/payments/%ff/cancel", 404, "not_found"),
        (Method::POST, "/v1/payments/%ff/approve", 404, "not_found"),
        (Method::GET, "/v1/payments?limit=a", 400, "query_unreadable"),
        (
            Method::GET,
            "/v1/payments?limit=1&limit=2",
            400,
            "query_unreadable",
        ),
        (Method::PUT, "/v1/payments", 405, "method_not_allowed"),
    ];
    for (method, path, expected, code) in cases {
        for accept in [BROWSER, "application/json"] {
            let told = asked(&world, method.clone(), path, accept).await;
            let (status, problem) = problem(told).await;
            assert_eq!(status.as_u16(), expected, "{path}: {problem}");
            assert_eq!(problem["code"], code, "{path}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_a_page_for_the_payer_and_a_problem_for_the_shop() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    world.panics_left.store(u32::MAX, Ordering::SeqCst);
    let opened = format!("/pay/{}", payment.id());
    let shown = asked(&world, Method::GET, &opened, BROWSER).await;
    let (status, page) = page(shown).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.contains("data-testid=\"unavailable\""), "{page}");
    let read = format!("/v1/payments/{}", payment.id());
    let told = asked(&world, Method::GET, &read, BROWSER).await;
    let (status, problem) = problem(told).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["code"], "internal");
    world.panics_left.store(0, Ordering::SeqCst);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_as_that_at_either_door() {
    let world = World::new().await;
    let body = "x".repeat(70_000);
    let post = |path: &str| {
        let request = world.request(Method::POST, path);
        request.header("accept", BROWSER).body(body.clone()).send()
    };
    let (status, problem) = problem(post("/v1/payments").await.unwrap()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem["code"], "body_too_large");
    let (status, _) = page(post("/pay/x").await.unwrap()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

/// What is answered to a request of these lines of its head.
async fn sent(world: &World, first: &str, headers: &[&str], body: &str) -> String {
    let address = world.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = [&[first], headers].concat().join("\r\n");
    let length = body.len();
    let request = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_header_that_means_one_thing_is_refused_by_name_if_it_comes_twice() {
    let world = World::new().await;
    let key = format!("authorization: Bearer {}", world.api_key);
    let body = order(json!({})).to_string();
    let (create, host) = ("POST /v1/payments HTTP/1.1", "host: danpay");
    for (name, headers) in [
        ("Host", [host, "Host: evil.example", &key]),
        ("Authorization", [host, "Authorization: Bearer x", &key]),
    ] {
        let answer = sent(&world, create, &headers, &body).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("\"code\":\"header_repeated\""), "{answer}");
        assert!(
            answer.contains(&format!("\"header\":\"{name}\"")),
            "{answer}"
        );
        assert!(!answer.contains(&world.api_key), "{answer}");
    }
    assert!(world.sandbox.payments().is_empty());
    let twice = [host, "host: danpay", "accept: */*"];
    let answer = sent(&world, "GET /pay/x HTTP/1.1", &twice, "").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("data-testid=\"unopenable\""), "{answer}");
    let answer = sent(&world, create, &[host, &key, "accept: */*"], &body).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}
