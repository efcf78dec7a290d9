//! `Idempotency-Key`: what was asked for under a key happens once, whatever is repeated.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, World, order, read};

async fn post(world: &World, path: &str, key: &str, body: Option<Value>) -> Response {
    let mut request = world.request(Method::POST, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let request = request.header("Idempotency-Key", key);
    request.send().await.unwrap()
}

fn replayed(response: &Response) -> bool {
    let header = response.headers().get("idempotent-replayed");
    header.is_some_and(|value| value == "true")
}

async fn authenticated(world: &World) -> Payment {
    let payment = world.create(json!({ "approval": "manual" })).await;
    world.visit(&world.pay(&payment)).await;
    payment
}

#[tokio::test]
async fn a_key_holds_across_a_restart() {
    let mut world = World::new().await;
    let first = post(&world, "/v1/payments", "k", Some(order(json!({})))).await;
    let (_, first) = read(first).await;
    world.stop().await;
    world.start().await;
    let again = post(&world, "/v1/payments", "k", Some(order(json!({})))).await;
    assert!(replayed(&again));
    let (status, mut again) = read(again).await;
    assert_eq!(status, StatusCode::OK);
    // As it stands now: this server has another address.
    let checkout = again["checkout_url"].take();
    assert!(checkout.as_str().unwrap().starts_with(&world.url));
    assert_eq!(again["id"], first["id"]);
}

#[tokio::test]
async fn a_key_is_good_for_one_request_at_any_address() {
    let world = World::new().await;
    post(&world, "/v1/payments", "k", Some(order(json!({})))).await;
    let payment = authenticated(&world).await;
    for step in ["approve", "cancel", "recover", "withdraw"] {
        let path = format!("/v1/payments/{}/{step}", payment.id());
        let body = (step == "cancel").then(|| json!({}));
        let (status, problem) = read(post(&world, &path, "k", body).await).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{step}");
        assert_eq!(problem["code"], "idempotency_key_reused", "{step}");
    }
    assert_eq!(world.payment(payment.id()).await.status(), "authenticated");
}

#[tokio::test]
async fn an_unknown_outcome_is_answered_by_how_it_stands_and_nothing_runs_again() {
    let world = World::new().await;
    let payment = authenticated(&world).await;
    let lost = Fault::new(Endpoint::Approve, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    let down = Fault::new(Endpoint::Order, FaultKind::Error503).times(1_000);
    world.sandbox.inject(down);
    let path = format!("/v1/payments/{}/approve", payment.id());
    for again in [false, true, true] {
        let response = post(&world, &path, "k", None).await;
        assert_eq!(replayed(&response), again);
        assert_eq!(response.headers()["retry-after"], "2");
        let (status, body) = read(response).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(body["status"], "approving");
    }
    world.sandbox.clear_faults();
    world.until(payment.id(), "approved").await;
    let (status, body) = read(post(&world, &path, "k", None).await).await;
    assert_eq!(
        (status, &body["status"]),
        (StatusCode::OK, &json!("approved"))
    );
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.approve_calls, ledger.approvals), (1, 1));
}

#[tokio::test]
async fn a_failure_of_ours_or_of_kakaopays_is_not_repeated_for_ever() {
    let world = World::new().await;
    let down = Fault::new(Endpoint::Ready, FaultKind::Error500);
    world.sandbox.inject(down);
    let failed = post(&world, "/v1/payments", "k", Some(order(json!({})))).await;
    assert_eq!(failed.status(), StatusCode::BAD_GATEWAY);
    let created = post(&world, "/v1/payments", "k", Some(order(json!({})))).await;
    assert!(!replayed(&created));
    assert_eq!(created.status(), StatusCode::CREATED);
}
