//! Bad input gets a clear error that names the field, and leaves nothing behind.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{World, order, read};

fn masked(mut problem: Value) -> Value {
    let id = problem["request_id"].as_str().unwrap_or_default();
    assert!(id.starts_with("req_"), "{problem}");
    problem["request_id"] = json!("[request_id]");
    problem
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let world = World::new().await;
    let too_long = "가".repeat(101);
    let bodies = [
        ("not JSON", "{\"order_id\": ".to_owned()),
        ("JSON and more", format!("{} x", order(json!({})))),
        ("not an object", "[]".to_owned()),
        ("a missing field", order(json!({ "order_id": null })).to_string()),
        ("a misspelt field", order(json!({ "retrun_url": "https://a.example" })).to_string()),
        ("a number as a text", order(json!({ "amount": { "total": "2200" } })).to_string()),
        ("a text as a number", order(json!({ "order_id": 1 })).to_string()),
        ("a fraction", order(json!({ "amount": { "total": 2200.5 } })).to_string()),
        ("beyond any integer", r#"{"order_id":"o","user_id":"u","item_name":"i","amount":{"total":99999999999999999999}}"#.to_owned()),
        ("beyond the largest amount", order(json!({ "amount": { "total": i64::MAX } })).to_string()),
        ("nothing to pay", order(json!({ "amount": { "total": 0 } })).to_string()),
        ("less than nothing", order(json!({ "amount": { "total": -2200 } })).to_string()),
        ("tax-free above the total", order(json!({ "amount": { "total": 2200, "tax_free": 2201 } })).to_string()),
        ("more VAT than is taxed", order(json!({ "amount": { "total": 2200, "tax_free": 2200, "vat": 1 } })).to_string()),
        ("no piece", order(json!({ "quantity": 0 })).to_string()),
        ("a return_url that is a script", order(json!({ "return_url": "javascript:alert(1)" })).to_string()),
        ("a return_url that is a path", order(json!({ "return_url": "/orders/1" })).to_string()),
        ("several at once", order(json!({ "order_id": "", "item_name": too_long, "user_id": "a\nb" })).to_string()),
        ("an unknown approval", order(json!({ "approval": "later" })).to_string()),
    ];
    let mut seen = serde_json::Map::new();
    for (name, body) in bodies {
        let request = world.request(Method::POST, "/v1/payments").body(body);
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert!(status.is_client_error(), "{name}: {problem}");
        let mut problem = masked(problem);
        let mut told = json!({ "status": problem["status"], "code": problem["code"] });
        match problem["errors"].take() {
            Value::Null => told["detail"] = problem["detail"].take(),
            errors => told["errors"] = errors,
        }
        seen.insert(name.to_owned(), told);
    }
    insta::assert_json_snapshot!(seen);
    assert!(
        world.sandbox.payments().is_empty(),
        "KakaoPay was never asked"
    );
}

#[tokio::test]
async fn a_problem_has_the_form_of_the_rfc() {
    let world = World::new().await;
    let body = order(json!({ "amount": { "total": 0 } }));
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let (_, problem) = read(response).await;
    insta::assert_json_snapshot!(masked(problem));
}

#[tokio::test]
async fn only_a_key_opens_the_shops_door() {
    let world = World::new().await;
    let another = world.api_key.replace("danpay_sk_", "danpay_pk_");
    let keys = [None, Some(""), Some("danpay_sk_x"), Some(another.as_str())];
    for key in keys {
        for (method, path) in [
            (Method::POST, "/v1/payments"),
            (Method::GET, "/v1/payments/x"),
        ] {
            let mut request = world.http.request(method, format!("{}{path}", world.url));
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
            let (status, problem) = read(response).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert_eq!(problem["code"], "unauthorized");
        }
    }
    let basic = world
        .http
        .get(format!("{}/v1/payments/x", world.url))
        .basic_auth("a", Some("b"));
    assert_eq!(
        basic.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let world = World::new().await;
    let unknown = "/v1/payments/pay_00000000000000000000000000";
    let cases = [
        (Method::GET, unknown.to_owned(), StatusCode::NOT_FOUND),
        (
            Method::GET,
            format!("{unknown}/events"),
            StatusCode::NOT_FOUND,
        ),
        (
            Method::POST,
            format!("{unknown}/approve"),
            StatusCode::NOT_FOUND,
        ),
        (
            Method::GET,
            "/v1/payments/1".to_owned(),
            StatusCode::NOT_FOUND,
        ),
        (Method::GET, "/v1/nothing".to_owned(), StatusCode::NOT_FOUND),
        (
            Method::DELETE,
            "/v1/payments".to_owned(),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ];
    for (method, path, expected) in cases {
        let (status, problem) = read(world.request(method, &path).send().await.unwrap()).await;
        assert_eq!(status, expected, "{path}");
        assert_eq!(problem["status"], expected.as_u16(), "{path}");
        masked(problem);
    }
    for path in [
        "/pay/x",
        "/pay/x/result",
        "/return/x/approve/y?pg_token=a",
        "/return/x/cancel/y",
        "/return/x/cancel",
        "/pay/x/y",
    ] {
        let visit = world.visit(&format!("{}{path}", world.url)).await;
        assert_eq!(visit.status, StatusCode::NOT_FOUND);
        assert!(visit.shows("not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let world = World::new().await;
    let body = order(json!({ "metadata": { "a": "x".repeat(70_000) } }));
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem["code"], "body_too_large");
}
