//! Our own key, merchant code or address is wrong: that ends nobody's payment.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cancel::cancel_outside;
use crate::support::{SECRET_KEY, World, order, read};

/// Answers that are about us and not about the payment.
const SETUP: [i32; 15] = [
    -2, -3, -4, -5, -301, -400, -401, -402, -403, -404, -721, -731, -733, -798, -799,
];

#[tokio::test]
async fn an_answer_about_our_own_setup_ends_no_payment_and_the_payer_is_charged_afterwards() {
    let world = World::new().await;
    for code in SETUP {
        let payment = world.create(json!({})).await;
        let back = world.pay(&payment);
        let wrong = Fault::error(Endpoint::Approve, code).tid(payment.tid());
        world.sandbox.inject(wrong);
        let shown = world.visit(&back).await;
        assert_eq!(shown.onward(), world.result_url(&payment), "{code}");
        let page = world.visit(shown.onward()).await;
        assert!(page.shows("waiting"), "{code}: {page:?}");
        assert!(!page.page.contains("키"), "{code}: {page:?}");
        world.until(payment.id(), "approved").await;
        let events = world.steps(payment.id());
        assert!(
            events.contains(&"payment.approval_not_sent".to_owned()),
            "{code}: {events:?}"
        );
        assert_eq!(world.at_kakaopay(&payment).approvals, 1, "{code}");
    }
}

#[tokio::test]
async fn a_cancellation_that_meets_it_is_made_once_it_is_mended() {
    let world = World::new().await;
    for code in SETUP.into_iter().filter(|code| *code != -2) {
        let payment = world.create(json!({})).await;
        world.visit(&world.pay(&payment)).await.onward();
        let wrong = Fault::error(Endpoint::Cancel, code).tid(payment.tid());
        world.sandbox.inject(wrong);
        let (status, pending) = world.cancel(&payment, json!({})).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{code}: {pending}");
        world.until(payment.id(), "canceled").await;
        let ledger = world.at_kakaopay(&payment);
        assert_eq!((ledger.canceled_total, ledger.cancellations), (2200, 1));
    }
}

#[tokio::test]
async fn a_cancellation_that_is_turned_away_for_a_day_fails_and_holds_up_no_other() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    let wrong = Fault::error(Endpoint::Cancel, -401).times(Fault::ALWAYS);
    world.sandbox.inject(wrong);
    let key = "the-refund";
    let cancel = || world.act(&payment, "cancel", key, json!({}));
    assert_eq!(cancel().await.status(), StatusCode::ACCEPTED);
    world.sandbox.advance_clock(Duration::from_hours(23));
    assert_eq!(cancel().await.status(), StatusCode::ACCEPTED);
    world.sandbox.advance_clock(Duration::from_hours(2));
    let failed = async {
        loop {
            let (status, problem) = read(cancel().await).await;
            if status != StatusCode::ACCEPTED {
                return (status, problem);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (status, problem) = tokio::time::timeout(Duration::from_secs(30), failed)
        .await
        .unwrap();
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "cancel_refused", "{problem}");
    let after = world.payment(payment.id()).await;
    let cancellation = &after.0["cancellations"][0];
    assert_eq!(cancellation["failure"]["code"], "kakaopay_setup");
    assert_eq!(cancellation["failure"]["kakaopay"]["error_code"], -401);
    world.sandbox.clear_faults();
    let (status, _) = world.cancel(&payment, json!({})).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_rotated_key_is_read_again_from_its_file_and_nobody_notices() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{SECRET_KEY}\n")).unwrap();
    let world = World::with(|config| config.kakaopay_secret_key_file = Some(file.clone())).await;
    let paying = world.create(json!({})).await;
    let back = world.pay(&paying);
    // KakaoPay revokes the old key at once; the operator writes the new one a moment later.
    let new_key = "DEVNEWKEY000000000000000000000000000NEW2";
    world.sandbox.set_secret_key(Some(new_key));
    world.visit(&back).await.onward();
    assert_eq!(world.payment(paying.id()).await.status(), "approving");
    let body = order(json!({ "order_id": "another" }));
    let create = || {
        world
            .request(Method::POST, "/v1/payments")
            .json(&body)
            .send()
    };
    let response = create().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    let (status, problem) = read(response).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem["code"], "kakaopay_setup");
    assert!(problem.get("kakaopay").is_none(), "{problem}");

    std::fs::write(&file, new_key).unwrap();
    world.until(paying.id(), "approved").await;
    assert_eq!(create().await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(world.at_kakaopay(&paying).approvals, 1);
}

#[tokio::test]
async fn a_lookup_after_a_rotation_is_made_with_the_new_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{SECRET_KEY}\n")).unwrap();
    let world = World::with(|config| config.kakaopay_secret_key_file = Some(file.clone())).await;
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    cancel_outside(&world, &payment, 700).await;
    let new_key = "DEVNEWKEY000000000000000000000000000NEW4";
    world.sandbox.set_secret_key(Some(new_key));
    std::fs::write(&file, new_key).unwrap();
    // Nothing is in doubt, so nobody but the shop asks.
    let asked = world.act(&payment, "recover", "", Value::Null).await;
    assert_eq!(read(asked).await.1["canceled_amount"]["total"], 700);
}

#[tokio::test]
async fn while_the_key_is_wrong_lookups_say_nothing_and_end_nothing() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world
        .sandbox
        .set_secret_key(Some("DEVNEWKEY000000000000000000000000000NEW3"));
    world.visit(&back).await.onward();
    let asked = world.act(&payment, "recover", "", Value::Null).await;
    assert_eq!(read(asked).await.1["status"], "approving");
    world.sandbox.set_secret_key(Some(SECRET_KEY));
    world.until(payment.id(), "approved").await;
}

#[tokio::test]
async fn an_answer_that_lies_about_a_payment_that_was_made_is_found_out() {
    let world = World::new().await;
    for (code, result) in [
        (-780, "USER_LOCKED"),
        (-780, "BANK_FIRM_UNKNOWN"),
        (-785, ""),
        (-702, ""),
    ] {
        let payment = world.create(json!({})).await;
        let back = world.pay(&payment);
        let mut fault = Fault::error(Endpoint::Approve, code).takes_effect();
        if !result.is_empty() {
            fault = fault.method_result(result, "잠시 후 다시 시도해 주세요");
        }
        world.sandbox.inject(fault.tid(payment.tid()));
        world.visit(&back).await.onward();
        world.until(payment.id(), "approved").await;
        let events = world.steps(payment.id());
        assert!(!events.contains(&"payment.failed".to_owned()), "{events:?}");
        assert_eq!(world.at_kakaopay(&payment).approvals, 1);
    }
}

#[tokio::test]
async fn being_asked_too_often_is_told_as_that() {
    let world = World::new().await;
    let quota = Fault::new(Endpoint::Ready, FaultKind::Error429);
    world.sandbox.inject(quota);
    for _ in 0..2 {
        let request = world.request(Method::POST, "/v1/payments");
        let response = request.json(&order(json!({}))).send().await.unwrap();
        assert!(response.headers().contains_key("retry-after"));
        let (status, problem) = read(response).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem["code"], "kakaopay_quota");
    }
}
