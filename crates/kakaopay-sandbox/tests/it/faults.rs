//! Calls that go wrong on purpose, and what KakaoPay's side holds afterwards.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Shop, approve, chocopie, order, until};

#[tokio::test]
async fn an_answer_that_is_lost_was_paid_all_the_same() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    shop.sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    let call = shop.post("approve").json(&approve(&tid, &token, json!({})));
    let error = call.send().await.unwrap_err();
    assert!(
        !error.is_timeout() && !error.is_connect() && error.is_request(),
        "{error:?}"
    );
    assert_eq!(
        shop.call("order", &order(&tid)).await.1["status"],
        "SUCCESS_PAYMENT"
    );
    let again = shop
        .refused("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(again.1, -702, "the fault is used up");
}

#[tokio::test]
async fn a_connection_that_is_reset_before_left_nothing_behind() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    shop.sandbox
        .inject(Fault::new(Endpoint::Approve, FaultKind::ResetBefore).times(2));
    for _ in 0..2 {
        let call = shop.post("approve").json(&approve(&tid, &token, json!({})));
        assert!(call.send().await.is_err());
    }
    assert_eq!(shop.record(&tid).approvals, 0);
    let (status, _) = shop
        .call("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn an_error_of_the_gateway_left_nothing_behind() {
    let shop = Shop::open().await;
    shop.sandbox
        .inject(Fault::new(Endpoint::Ready, FaultKind::Error500));
    shop.sandbox
        .inject(Fault::new(Endpoint::Ready, FaultKind::Error503));
    let body = chocopie(json!({}));
    assert_eq!(shop.refused("ready", &body).await.0, 500);
    let (status, code, _) = shop.refused("ready", &body).await;
    assert_eq!((status, code), (503, -503));
    assert!(shop.sandbox.payments().is_empty());
}

/// An approve call on its way, which nobody waits for yet.
async fn approving(shop: &Shop, fault: Fault) -> (String, JoinHandle<reqwest::Result<Response>>) {
    let (tid, token) = shop.authenticated("pays_by_card").await;
    shop.sandbox.inject(fault);
    let call = shop.post("approve").json(&approve(&tid, &token, json!({})));
    (tid, tokio::spawn(call.send()))
}

#[tokio::test]
async fn a_late_answer_tells_of_what_happened_at_once() {
    let shop = Shop::open().await;
    let late = Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit).delay_ms(600_000);
    let (tid, call) = approving(&shop, late).await;
    until("the approval", || shop.record(&tid).approvals == 1).await;
    assert!(!call.is_finished());
    // A delay ends with the sandbox, and its answer is still given.
    shop.sandbox.stop().await;
    assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_late_effect_comes_although_its_caller_has_left() {
    let shop = Shop::open().await;
    let late = Fault::new(Endpoint::Approve, FaultKind::DelayBefore).delay_ms(500);
    let (tid, call) = approving(&shop, late).await;
    until("the call", || shop.sandbox.faults().is_empty()).await;
    call.abort();
    until("the approval", || shop.record(&tid).approvals == 1).await;
}

#[tokio::test]
async fn faults_are_asked_for_listed_and_cleared_over_http() {
    let shop = Shop::open().await;
    let fault = json!({ "endpoint": "approve", "fault": "answer_lost_after_commit", "times": 3 });
    let faults = shop.at("/_sandbox/faults");
    let made = shop.http.post(&faults).json(&fault).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let listed: Value = shop.get(&faults).await.json().await.unwrap();
    assert_eq!(listed["waiting"][0]["times"], 3);
    assert!(
        listed["faults"]
            .as_array()
            .unwrap()
            .contains(&json!("delay_before"))
    );
    for wrong in [
        json!({ "endpoint": "approve", "fault": "earthquake" }),
        json!({ "endpoint": "approve", "fault": "error_500", "tmies": 2 }),
        json!({ "endpoint": "approve", "fault": "delay_before", "delay_ms": 600_001 }),
    ] {
        let response = shop.http.post(&faults).json(&wrong).send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
        let body: Value = response.json().await.unwrap();
        assert!(body["error"].is_string());
    }
    let cleared = shop.http.delete(&faults).send().await.unwrap();
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    let listed: Value = shop.get(&faults).await.json().await.unwrap();
    assert_eq!(listed["waiting"], json!([]));
}

#[tokio::test]
async fn beyond_a_limit_for_a_second_calls_are_turned_away_without_effect() {
    let shop = Shop::with(Sandbox::builder().calls_per_second(3)).await;
    let mut turned_away = 0;
    let ready = || async {
        shop.post("ready")
            .json(&chocopie(json!({})))
            .send()
            .await
            .unwrap()
    };
    for _ in 0..20 {
        let answer = ready().await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            turned_away += 1;
            assert_eq!(answer.headers()["retry-after"], "1");
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error_code"], -429);
        }
    }
    // On a slow machine the calls may come in more than one second.
    assert!(turned_away > 0);
    assert_eq!(shop.sandbox.payments().len(), 20 - turned_away);
}
