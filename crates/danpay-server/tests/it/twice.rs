//! What is sent twice happens once, and a repeat is told how it stands.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, World, read};

async fn paid(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

#[tokio::test]
async fn a_customer_who_has_given_up_can_pay_in_another_attempt() {
    let world = World::new().await;
    let create = async |key: &str| {
        let body = crate::support::order(json!({ "order_id": "the-order" }));
        let request = world.request(Method::POST, "/v1/payments").json(&body);
        read(request.header("Idempotency-Key", key).send().await.unwrap()).await
    };
    let (status, first) = create("the-order-1").await;
    assert_eq!(status, StatusCode::CREATED);
    let first = Payment(first);
    world
        .visit(&world.sandbox.play(first.tid(), "quits").unwrap())
        .await;
    world.until(first.id(), "quit").await;
    // The same key tells that this attempt has ended; another one makes another.
    let (status, again) = create("the-order-1").await;
    assert_eq!((status, &again["status"]), (StatusCode::OK, &json!("quit")));
    assert_eq!(again["checkout_url"], Value::Null);
    let (status, second) = create("the-order-2").await;
    assert_eq!(status, StatusCode::CREATED);
    let second = Payment(second);
    world.visit(&world.pay(&second)).await;
    assert_eq!(world.payment(second.id()).await.status(), "approved");
}

#[tokio::test]
async fn a_refund_without_a_key_is_refused_before_anything_happens() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let body = json!({ "amount": { "total": 500 } });
    let (status, problem) = read(world.act(&payment, "cancel", "", body).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["code"], "idempotency_key_missing");
    assert!(
        world.payment(payment.id()).await.0["cancellations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 0);
}

#[tokio::test]
async fn a_refund_that_comes_again_in_another_spelling_goes_back_once() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let path = format!("/v1/payments/{}/cancel", payment.id());
    let spellings = [
        r#"{"amount":{"total":500,"tax_free":0},"reason":"품절"}"#,
        r#"{ "reason": "\ud488\uc808", "amount": { "tax_free": 0, "total": 500 } }"#,
        r#"{"reason":"품절","amount":{"vat":null,"total":500,"tax_free":0}}"#,
    ];
    let mut named = Vec::new();
    for spelling in spellings {
        let request = world.request(Method::POST, &path).body(spelling);
        let request = request.header("Idempotency-Key", "refund-1");
        let (status, answer) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        named.push(answer["cancellation_id"].as_str().unwrap().to_owned());
        assert_eq!(answer["cancellations"][0]["id"], named[0].as_str());
    }
    named.dedup();
    assert_eq!(named.len(), 1);
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (500, 1));

    let other = json!({ "amount": { "total": 501 } });
    let (status, problem) = read(world.act(&payment, "cancel", "refund-1", other).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "idempotency_key_reused");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("cancellations first"), "{detail}");
}

#[tokio::test]
async fn an_approval_that_is_asked_for_again_is_told_how_it_stands() {
    let world = World::new().await;
    let payment = world.create(json!({ "approval": "manual" })).await;
    let approve = async || {
        let answer = world.act(&payment, "approve", "", Value::Null).await;
        let (status, body) = read(answer).await;
        let what = body["code"].as_str().or(body["status"].as_str());
        (status.as_u16(), what.unwrap_or_default().to_owned())
    };
    assert_eq!(approve().await, (409, "wrong_status".to_owned()));
    world.visit(&world.pay(&payment)).await;
    let (a, b) = tokio::join!(approve(), approve());
    for answer in [a, b] {
        let told = [(200, "approved".to_owned()), (202, "approving".to_owned())];
        assert!(told.contains(&answer), "{answer:?}");
    }
    assert_eq!(approve().await, (200, "approved".to_owned()));
    let (status, _) = world
        .cancel(&payment, json!({ "amount": { "total": 500 } }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(approve().await, (200, "partially_canceled".to_owned()));
    assert_eq!(world.at_kakaopay(&payment).approve_calls, 1);
}

#[tokio::test]
async fn an_approval_of_what_has_ended_unpaid_is_a_problem_with_its_reason() {
    let world = World::new().await;
    let payment = world.create(json!({ "approval": "manual" })).await;
    world.visit(&world.pay(&payment)).await;
    let refused = Fault::error(Endpoint::Approve, -780).method_result("8008", "잔액이 부족합니다");
    world.sandbox.inject(refused);
    for _ in 0..2 {
        let answer = world.act(&payment, "approve", "", Value::Null).await;
        let (status, problem) = read(answer).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["code"], "approval_ended", "{problem}");
        assert_eq!(problem["payment"]["status"], "failed");
        let kakaopay = &problem["payment"]["failure"]["kakaopay"];
        assert_eq!(kakaopay["method_result_code"], "8008");
    }
}

#[tokio::test]
async fn a_cancel_that_kakaopay_refuses_for_what_is_left_is_looked_up_within_the_call() {
    let world = World::new().await;
    // Our own call has come twice on its way: the first was executed, the second refused.
    let twice = paid(&world).await;
    world.sandbox.inject(
        Fault::error(Endpoint::Cancel, -710)
            .takes_effect()
            .tid(twice.tid()),
    );
    let (status, after) = world
        .cancel(&twice, json!({ "amount": { "total": 500 } }))
        .await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(after["canceled_amount"]["total"], 500);

    // Nothing has moved there, as far as a lookup knows: it is settled when it must know.
    let never = paid(&world).await;
    for code in [-710, -722] {
        world
            .sandbox
            .inject(Fault::error(Endpoint::Cancel, code).tid(never.tid()));
        let (status, pending) = world
            .cancel(&never, json!({ "amount": { "total": 500 } }))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{pending}");
        world.sandbox.advance_clock(Duration::from_secs(31));
        let settled = async {
            loop {
                let payment = world.payment(never.id()).await;
                let last = payment.0["cancellations"]
                    .as_array()
                    .unwrap()
                    .last()
                    .cloned();
                if last.unwrap()["status"] == "failed" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), settled)
            .await
            .unwrap();
    }
    assert_eq!(world.at_kakaopay(&never).canceled_total, 0);
}

#[tokio::test]
async fn a_whole_cancel_made_elsewhere_is_told_with_what_really_went_back() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let body = json!({
        "cid": "TC0ONETIME", "tid": payment.tid(), "cancel_amount": 2200,
        "cancel_tax_free_amount": 0,
    });
    let url = format!("{}/online/v1/payment/cancel", world.sandbox.url());
    let key = format!("SECRET_KEY {}", crate::support::SECRET_KEY);
    let request = world
        .http
        .post(url)
        .json(&body)
        .header("Authorization", key);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let (status, told) = world.cancel(&payment, json!({})).await;
    if status == StatusCode::ACCEPTED {
        // KakaoPay's own word for it leaves it open; a lookup does not.
        world.until(payment.id(), "canceled").await;
        return;
    }
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    assert_eq!(told["canceled_amount"]["total"], 2200, "{told}");
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.contains("2200 KRW have gone back"), "{detail}");
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_asked_for_again_with_its_key_and_not_made_again() {
    let mut world = World::new().await;
    let payment = paid(&world).await;
    let lost = Fault::new(Endpoint::Cancel, FaultKind::AnswerLostAfterCommit);
    world.sandbox.inject(lost);
    let body = || json!({ "amount": { "total": 500 } });
    let first = world.act(&payment, "cancel", "refund-8", body()).await;
    assert_eq!(first.status(), StatusCode::ACCEPTED);
    // It lay in the shop's queue for eight days, and danpay was restarted meanwhile.
    world.sandbox.advance_clock(Duration::from_hours(8 * 24));
    world.stop().await;
    world.start().await;
    world.until(payment.id(), "partially_canceled").await;
    let again = world.act(&payment, "cancel", "refund-8", body()).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 500);
}
