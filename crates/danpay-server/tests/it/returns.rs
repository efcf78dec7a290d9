//! The payer's way back: by KakaoPay alone, and with every token that may be the payer's.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Payment, World};

fn with_token(address: &str, token: &str) -> String {
    format!("{address}?pg_token={token}")
}

fn forged(number: usize) -> String {
    format!("{number:020x}")
}

/// Nothing has come of it.
async fn is_untouched(world: &World, payment: &Payment) {
    assert_eq!(world.payment(payment.id()).await.status(), "ready");
    assert_eq!(world.steps(payment.id()), ["payment.created"]);
    assert_eq!(world.at_kakaopay(payment).approve_calls, 0);
}

#[tokio::test]
async fn an_address_without_its_secret_does_not_exist() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let other = world.create(json!({})).await;
    let own = world.return_url(&payment, "approve").await;
    let (start, secret) = own.rsplit_once('/').unwrap();
    let others = world.return_url(&other, "approve").await;
    let others = others.rsplit('/').next().unwrap();
    let cancels = world.return_url(&payment, "cancel").await;
    let cancels = cancels.rsplit('/').next().unwrap();
    for address in [
        start.to_owned(),
        format!("{start}/"),
        format!("{start}/{}", secret.to_uppercase()),
        format!("{start}/{}", secret.get(1..).unwrap()),
        format!("{start}/{others}"),
        format!("{start}/{cancels}"),
        format!("{start}/{secret}/"),
        format!("{start}?secret={secret}"),
    ] {
        let visit = world.visit(&with_token(&address, &forged(1))).await;
        assert_eq!(visit.status, StatusCode::NOT_FOUND, "{address}");
    }
    is_untouched(&world, &payment).await;

    let back = world.pay(&payment);
    assert!(back.starts_with(&own), "{back}");
    world.visit(&back).await.onward();
    let approved = world.payment(payment.id()).await;
    assert_eq!(approved.status(), "approved");
    assert!(!approved.0.to_string().contains(secret));
    assert!(
        !json!(world.history(payment.id()))
            .to_string()
            .contains(secret)
    );
}

#[tokio::test]
async fn to_ask_for_the_head_of_an_address_does_nothing() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    for way in ["approve", "cancel", "fail"] {
        let address = with_token(&world.return_url(&payment, way).await, &forged(1));
        let head = world.http.request(Method::HEAD, address).send().await;
        assert_eq!(head.unwrap().status(), StatusCode::OK);
    }
    for address in [payment.checkout_url(), &world.result_url(&payment)] {
        let head = world.http.request(Method::HEAD, address).send().await;
        assert_eq!(head.unwrap().status(), StatusCode::OK);
    }
    is_untouched(&world, &payment).await;
}

#[tokio::test]
async fn the_payers_own_token_is_kept_while_another_call_is_out() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let address = world.return_url(&payment, "approve").await;
    let back = world.pay(&payment);
    let slow = Fault::new(Endpoint::Approve, FaultKind::DelayBefore);
    world.sandbox.inject(slow.delay_ms(1_500));
    let first = with_token(&address, &forged(1));
    let forger = world.http.get(&first).send();
    let payer = async {
        world.until(payment.id(), "approving").await;
        world.visit(&back).await
    };
    let (_, shown) = tokio::join!(forger, payer);
    assert_eq!(shown.onward(), world.result_url(&payment));
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "approved").await;
    let events = world.steps(payment.id());
    assert!(
        events.contains(&"payment.returned_again".to_owned()),
        "{events:?}"
    );
    assert!(
        events.contains(&"payment.other_token".to_owned()),
        "{events:?}"
    );
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
}

#[tokio::test]
async fn whoever_comes_back_without_end_causes_a_bounded_number_of_calls_and_events() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let address = world.return_url(&payment, "approve").await;
    for number in 0..300 {
        world.visit(&with_token(&address, &forged(number))).await;
        // A minute passes in all, in which two calls are believed to have ended.
        world.sandbox.advance_clock(Duration::from_millis(200));
    }
    let calls = world.at_kakaopay(&payment).approve_calls;
    assert!((1..=40).contains(&calls), "{calls}");
    let events = world.steps(payment.id()).len();
    assert!(events < 150, "{events}");
    // And the payer's own token is tried all the same.
    let back = world.pay(&payment);
    let approved = async {
        while world.payment(payment.id()).await.status() != "approved" {
            world.visit(&back).await;
            world.sandbox.advance_clock(Duration::from_secs(2));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let approved = tokio::time::timeout(Duration::from_secs(30), approved);
    approved.await.unwrap();
}

#[tokio::test]
async fn two_equal_tokens_are_one_and_two_different_ones_are_both_tried() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let token = back.split_once("pg_token=").unwrap().1;
    world.visit(&format!("{back}&pg_token={token}")).await;
    assert_eq!(world.payment(payment.id()).await.status(), "approved");

    for twisted in [false, true] {
        let payment = world.create(json!({})).await;
        let back = world.pay(&payment);
        let (address, token) = back.split_once("?pg_token=").unwrap();
        let (first, second) = if twisted {
            (token.to_owned(), forged(7))
        } else {
            (forged(7), token.to_owned())
        };
        let both = format!("{address}?pg_token={first}&pg_token={second}");
        world.visit(&both).await;
        world.sandbox.advance_clock(Duration::from_secs(31));
        world.until(payment.id(), "approved").await;
        let events = world.history(payment.id());
        let told = events
            .iter()
            .find(|event| event["type"] == "payment.approving")
            .unwrap();
        assert_eq!(told["evidence"]["pg_tokens"], 2, "{told}");
    }
}

#[tokio::test]
async fn a_payment_that_the_shop_has_taken_back_is_never_approved() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    for _ in 0..2 {
        let answer = world.act(&payment, "withdraw", "", json!(null)).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    world.visit(&back).await.onward();
    let withdrawn = world.payment(payment.id()).await;
    assert_eq!(withdrawn.status(), "withdrawn");
    assert_eq!(withdrawn.0["checkout_url"], json!(null));
    assert_eq!(world.at_kakaopay(&payment).approve_calls, 0);
    let page = world.visit(&world.result_url(&payment)).await;
    assert!(page.shows("withdrawn"), "{page:?}");

    let paid = world.create(json!({})).await;
    world.visit(&world.pay(&paid)).await;
    let answer = world.act(&paid, "withdraw", "k", json!(null)).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(world.payment(paid.id()).await.status(), "approved");
    assert_eq!(world.at_kakaopay(&paid).canceled_total, 0);

    let waiting = world.create(json!({ "approval": "manual" })).await;
    world.visit(&world.pay(&waiting)).await;
    let answer = world.act(&waiting, "withdraw", "w", json!(null)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let approve = world.act(&waiting, "approve", "", json!(null)).await;
    assert_eq!(approve.status(), StatusCode::CONFLICT);
    assert_eq!(world.at_kakaopay(&waiting).approve_calls, 0);
}

#[tokio::test]
async fn a_withdrawal_and_a_return_at_once_end_in_one_of_the_two() {
    let world = World::new().await;
    for _ in 0..8 {
        let payment = world.create(json!({})).await;
        let back = world.pay(&payment);
        let withdraw = world.act(&payment, "withdraw", "", json!(null));
        let (answer, _) = tokio::join!(withdraw, world.visit(&back));
        let payment = world.payment(payment.id()).await;
        let ledger = world.at_kakaopay(&payment);
        match answer.status() {
            StatusCode::OK => {
                assert_eq!(payment.status(), "withdrawn");
                assert_eq!(ledger.approve_calls, 0);
            }
            StatusCode::CONFLICT => {
                world.until(payment.id(), "approved").await;
            }
            other => panic!("{other}"),
        }
    }
}
