//! KakaoPay hangs, lies or vanishes, and the server itself stops in between.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{World, order, read};

#[tokio::test]
async fn an_approval_whose_answer_is_lost_is_found_by_a_lookup() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world.sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    let shown = world.visit(&back).await;
    assert_eq!(shown.onward(), world.result_url(&payment));
    world.until(payment.id(), "approved").await;
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.approvals, ledger.approve_calls), (1, 1));
    let events = world.steps(payment.id());
    let unknown = "payment.approval_unknown";
    assert_eq!(
        events,
        [
            "payment.created",
            "payment.approving",
            unknown,
            "payment.approved"
        ]
    );
    // A lookup tells the record too.
    let approved = world.payment(payment.id()).await;
    assert_eq!(approved.0["aid"], json!(ledger.aid));
    assert_eq!(approved.0["card_info"]["bin"], "111111");
}

#[tokio::test]
async fn while_the_outcome_is_unknown_the_payer_waits_and_is_not_asked_to_pay_again() {
    let world = World::new().await;
    let payment = world
        .create(json!({ "return_url": "https://shop.example/o" }))
        .await;
    let back = world.pay(&payment);
    for fault in [
        Fault::new(Endpoint::Approve, FaultKind::ResetBefore),
        Fault::new(Endpoint::Order, FaultKind::Error503).times(1_000),
    ] {
        world.sandbox.inject(fault);
    }
    let shown = world.visit(&back).await;
    assert_eq!(
        shown.onward(),
        world.result_url(&payment),
        "not to the shop yet"
    );
    let page = world.visit(shown.onward()).await;
    assert!(
        page.shows("waiting") && page.page.contains("http-equiv=\"refresh\""),
        "{page:?}"
    );
    assert!(!page.shows("pay-on") && !page.shows("to-shop"), "{page:?}");
    assert!(page.page.contains("다시 결제하지 마세요"));
    let checkout = world.visit(payment.checkout_url()).await;
    assert_eq!(checkout.onward(), world.result_url(&payment));

    // KakaoPay answers again: it was never approved, so approve is called once more.
    world.sandbox.clear_faults();
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "approved").await;
    let ledger = world.at_kakaopay(&payment);
    assert_eq!(ledger.approvals, 1);
    let after = world.visit(&world.result_url(&payment)).await;
    assert!(
        after
            .onward()
            .starts_with("https://shop.example/o?payment_id=")
    );
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_its_approvals_first() {
    let mut world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let slow = Fault::new(Endpoint::Approve, FaultKind::DelayAfterCommit).delay_ms(1_500);
    world.sandbox.inject(slow);
    let visit = world.http.get(&back).send();
    let stop = async {
        world.until(payment.id(), "approving").await;
        world.begin_to_stop();
    };
    let (visited, ()) = tokio::join!(visit, stop);
    assert_eq!(visited.unwrap().status(), StatusCode::SEE_OTHER);
    world.stopped().await;

    world.start().await;
    let approved = world.payment(payment.id()).await;
    assert_eq!(approved.status(), "approved");
    assert_eq!(world.at_kakaopay(&payment).approve_calls, 1);
    let events = world.steps(payment.id());
    assert_eq!(
        events,
        ["payment.created", "payment.approving", "payment.approved"]
    );
}

#[tokio::test]
async fn a_payment_that_kakaopay_cannot_make_ready_is_a_problem_and_no_payment() {
    let world = World::new().await;
    let create = || {
        world
            .request(Method::POST, "/v1/payments")
            .json(&order(json!({})))
            .send()
    };
    let faults = [
        (
            FaultKind::Error500,
            StatusCode::BAD_GATEWAY,
            "kakaopay_no_answer",
        ),
        (
            FaultKind::ResetBefore,
            StatusCode::BAD_GATEWAY,
            "kakaopay_no_answer",
        ),
        (
            FaultKind::AnswerLostAfterCommit,
            StatusCode::BAD_GATEWAY,
            "kakaopay_no_answer",
        ),
    ];
    for (fault, expected, code) in faults {
        world.sandbox.inject(Fault::new(Endpoint::Ready, fault));
        let response = create().await.unwrap();
        assert!(response.headers().contains_key("retry-after"));
        let (status, problem) = read(response).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (expected, Some(code)),
            "{problem}"
        );
    }
    assert_eq!(create().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_refusal_of_kakaopays_is_told_in_its_own_words() {
    let world = World::new().await;
    let refused = Fault::error(Endpoint::Ready, -797);
    world.sandbox.inject(refused);
    let request = world
        .request(Method::POST, "/v1/payments")
        .json(&order(json!({})));
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert_eq!(problem["code"], "kakaopay_refused");
    assert_eq!(problem["kakaopay"]["error_code"], -797);
}

#[tokio::test]
async fn a_kakaopay_that_is_not_there_is_told_apart() {
    // Nothing listens on port 1.
    let world =
        World::with(|config| config.kakaopay_base_url = "http://127.0.0.1:1".to_owned()).await;
    let request = world
        .request(Method::POST, "/v1/payments")
        .json(&order(json!({})));
    let response = request.send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    let (status, problem) = read(response).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem["code"], "kakaopay_unreachable");
}
