//! Money goes back: whole, in part, once, and known only from KakaoPay.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, SECRET_KEY, World, read};

/// A payment of `amount`, paid.
async fn paid(world: &World, amount: Value) -> Payment {
    let payment = world.create(json!({ "amount": amount })).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

async fn cancel(world: &World, payment: &Payment, body: Value, key: Option<&str>) -> Response {
    let own = format!("cancel-{}", world.number());
    world
        .act(payment, "cancel", key.unwrap_or(&own), body)
        .await
}

/// Somebody cancels at KakaoPay without danpay, as on its partner site.
pub(crate) async fn cancel_outside(world: &World, payment: &Payment, amount: i64) {
    let body = json!({
        "cid": "TC0ONETIME", "tid": payment.tid(), "cancel_amount": amount,
        "cancel_tax_free_amount": 0,
    });
    let url = format!("{}/online/v1/payment/cancel", world.sandbox.url());
    let request = world.http.post(url).json(&body);
    let request = request.header("Authorization", format!("SECRET_KEY {SECRET_KEY}"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn all_of_it_goes_back() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 3300, "tax_free": 1100 })).await;
    let answer = cancel(&world, &payment, json!({ "reason": "품절" }), None).await;
    let (status, mut canceled) = read(answer).await;
    assert_eq!(status, StatusCode::OK, "{canceled}");
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["canceled_amount"], payment.0["amount"]);
    assert_eq!(canceled["cancel_available_amount"]["total"], 0);
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (3300, 1));

    let cancellation = &mut canceled["cancellations"][0];
    for (name, start) in [
        ("id", "can_"),
        ("aid", "A"),
        ("requested_at", "2"),
        ("canceled_at", "2"),
    ] {
        let text = cancellation[name].as_str().unwrap().to_owned();
        assert!(text.starts_with(start), "{name}: {text}");
        cancellation[name] = json!(format!("[{name}]"));
    }
    insta::assert_json_snapshot!(cancellation);

    let again = cancel(&world, &payment, json!({}), None).await;
    let (status, problem) = read(again).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::CONFLICT, Some("wrong_status"))
    );
}

#[tokio::test]
async fn parts_add_up_to_the_won() {
    let world = World::new().await;
    // 909 KRW of VAT in three uneven parts.
    let payment = paid(&world, json!({ "total": 10_000 })).await;
    let mut vat = 0;
    for (total, left) in [(3_333, 6_667), (3_333, 3_334), (3_334, 0)] {
        let body = json!({ "amount": { "total": total } });
        let (status, after) = read(cancel(&world, &payment, body, None).await).await;
        assert_eq!(status, StatusCode::OK, "{after}");
        assert_eq!(after["cancel_available_amount"]["total"], left);
        let expected = if left == 0 {
            "canceled"
        } else {
            "partially_canceled"
        };
        assert_eq!(after["status"], expected);
        let parts = after["cancellations"].as_array().unwrap();
        vat += parts.last().unwrap()["amount"]["vat"].as_i64().unwrap();
    }
    assert_eq!(vat, 909);
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (10_000, 3));
    let events = world.steps(payment.id());
    assert_eq!(
        events
            .iter()
            .filter(|kind| *kind == "cancellation.requested")
            .count(),
        3
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_kakaopay_is_asked() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 3300, "tax_free": 1100 })).await;
    let cases = [
        (json!({ "amount": { "total": 3301 } }), "amount.total"),
        (json!({ "amount": { "total": 0 } }), "amount.total"),
        (json!({ "amount": { "total": -1 } }), "amount.total"),
        (json!({ "amount": { "total": 1000 } }), "amount.tax_free"),
        (
            json!({ "amount": { "total": 2000, "tax_free": 1101 } }),
            "amount.tax_free",
        ),
        (
            json!({ "amount": { "total": 1100, "tax_free": 0, "vat": 201 } }),
            "amount.vat",
        ),
        (json!({ "amount": { "totl": 1 } }), "amount.totl"),
        (json!({ "reason": "x".repeat(201) }), "reason"),
    ];
    for (body, field) in cases {
        let (status, problem) = read(cancel(&world, &payment, body, None).await).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 0);
    assert!(
        world.payment(payment.id()).await.0["cancellations"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let unpaid = world.create(json!({})).await;
    let (status, problem) = read(cancel(&world, &unpaid, json!({}), None).await).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::CONFLICT, Some("wrong_status"))
    );
}

#[tokio::test]
async fn nothing_goes_back_for_want_of_an_amount() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    let (status, problem) = read(cancel(&world, &payment, Value::Null, None).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    assert_eq!(problem["code"], "body_missing");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("Send `{}` to give back all"), "{detail}");
    let detail_ko = problem["detail_ko"].as_str().unwrap();
    assert!(detail_ko.contains("`{}`를"), "{detail_ko}");
    for (body, field) in [
        (json!({ "amount": null }), "amount"),
        (json!({ "amount": {} }), "amount.total"),
        (json!({ "amount": { "total": null } }), "amount.total"),
        (json!({ "amount": [1100] }), "amount"),
        (json!({ "amount": 1100 }), "amount"),
        (json!([]), "body"),
    ] {
        let (status, problem) = read(cancel(&world, &payment, body, None).await).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let null = json!({ "amount": null });
    let (_, problem) = read(cancel(&world, &payment, null, None).await).await;
    let way_out = problem["errors"][0]["message_ko"].as_str().unwrap();
    assert!(way_out.contains("모두 취소하려면 빼고"), "{way_out}");
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 0);
    let (status, _) = read(cancel(&world, &payment, json!({}), None).await).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 2200);
}

#[tokio::test]
async fn nothing_goes_back_if_something_else_is_left_than_the_shop_believes() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    let part = json!({ "amount": { "total": 700 }, "expected_left": 2200 });
    let (status, _) = read(cancel(&world, &payment, part.clone(), Some("first")).await).await;
    assert_eq!(status, StatusCode::OK);
    // Two people of the shop look at the same page and give the same part back.
    let (status, problem) =
        read(cancel(&world, &payment, part.clone(), Some("second")).await).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "expected_left_differs");
    assert_eq!(
        problem["cancel_available_amount"]["total"], 1500,
        "{problem}"
    );
    let after = world.payment(payment.id()).await;
    assert_eq!(after.0["cancellations"].as_array().unwrap().len(), 1);
    // The first one's key still tells of the first one, and the second one's is free.
    let (status, again) = read(cancel(&world, &payment, part, Some("first")).await).await;
    assert_eq!(status, StatusCode::OK, "{again}");
    let without = json!({ "amount": { "total": 700 } });
    let (status, problem) = read(cancel(&world, &payment, without, Some("first")).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "idempotency_key_reused");
    let rest = json!({ "expected_left": 1500 });
    let (status, after) = read(cancel(&world, &payment, rest, Some("second")).await).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (2200, 2));
}

#[tokio::test]
async fn a_key_cancels_once() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    let part = || json!({ "amount": { "total": 700 } });
    let (a, b) = tokio::join!(
        cancel(&world, &payment, part(), Some("c-1")),
        cancel(&world, &payment, part(), Some("c-1")),
    );
    for answer in [a, b, cancel(&world, &payment, part(), Some("c-1")).await] {
        assert!(answer.status().is_success(), "{answer:?}");
    }
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (700, 1));

    let replayed = cancel(&world, &payment, part(), Some("c-1")).await;
    assert_eq!(replayed.headers()["idempotent-replayed"], "true");
    let (status, answer) = read(replayed).await;
    assert_eq!(
        (status, answer["canceled_amount"]["total"].as_i64()),
        (StatusCode::OK, Some(700))
    );
    let other = cancel(&world, &payment, json!({}), Some("c-1")).await;
    let (status, problem) = read(other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "idempotency_key_reused");
}

#[tokio::test]
async fn a_cancellation_whose_answer_is_lost_is_found_by_a_lookup() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    world.sandbox.inject(Fault::new(
        Endpoint::Cancel,
        FaultKind::AnswerLostAfterCommit,
    ));
    let body = json!({ "amount": { "total": 1100 } });
    let answer = cancel(&world, &payment, body.clone(), Some("lost")).await;
    assert_eq!(answer.headers()["retry-after"], "2");
    let (status, pending) = read(answer).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{pending}");
    assert_eq!(pending["cancellations"][0]["status"], "pending");
    let second = cancel(&world, &payment, json!({}), None).await;
    assert_eq!(read(second).await.1["code"], "cancellation_pending");

    let after = world.until(payment.id(), "partially_canceled").await;
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (1100, 1));
    assert_eq!(after.0["cancellations"][0]["status"], "done");
    assert_eq!(after.0["cancellations"][0]["outside"], false);
    let (status, _) = read(cancel(&world, &payment, body, Some("lost")).await).await;
    assert_eq!(status, StatusCode::OK, "the key tells how it ended");
}

#[tokio::test]
async fn a_cancellation_that_never_arrived_is_asked_for_again() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    world
        .sandbox
        .inject(Fault::new(Endpoint::Cancel, FaultKind::ResetBefore));
    let (status, _) = read(cancel(&world, &payment, json!({}), None).await).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "canceled").await;
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.canceled_total, ledger.cancellations), (2200, 1));
    let events = world.steps(payment.id());
    assert!(
        events.contains(&"cancellation.repeated".to_owned()),
        "{events:?}"
    );
}

#[tokio::test]
async fn what_was_canceled_elsewhere_is_found_and_booked() {
    let world = World::new().await;
    let payment = paid(&world, json!({ "total": 2200 })).await;
    cancel_outside(&world, &payment, 500).await;
    // Our database does not know it, so KakaoPay refuses to cancel what is not left; so it would, too,
    // had our own call come twice. A lookup tells, within the call.
    let (status, problem) = read(cancel(&world, &payment, json!({}), None).await).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "cancel_refused");
    assert_eq!(problem["canceled_amount"]["total"], 500, "{problem}");
    assert_eq!(problem["cancel_available_amount"]["total"], 1_700);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("500 KRW have gone back"), "{detail}");

    let after = world.payment(payment.id()).await.0;
    assert_eq!(after["status"], "partially_canceled", "{after}");
    assert_eq!(after["canceled_amount"]["total"], 500);
    let statuses: Vec<_> = after["cancellations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cancellation| {
            (
                cancellation["status"].as_str(),
                cancellation["outside"] == true,
            )
        })
        .collect();
    assert_eq!(statuses, [(Some("failed"), false), (Some("done"), true)]);

    let (status, after) = read(cancel(&world, &payment, json!({}), None).await).await;
    assert_eq!(
        (status, after["status"].as_str()),
        (StatusCode::OK, Some("canceled"))
    );
    assert_eq!(world.at_kakaopay(&payment).canceled_total, 2200);
}

#[tokio::test]
async fn a_payment_whose_approval_is_in_doubt_is_looked_up_before_it_is_canceled() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world.sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    world.visit(&back).await.onward();
    let (status, after) = read(cancel(&world, &payment, json!({}), None).await).await;
    assert_eq!(
        (status, after["status"].as_str()),
        (StatusCode::OK, Some("canceled")),
        "{after}"
    );
    let ledger = world.at_kakaopay(&payment);
    assert_eq!((ledger.approvals, ledger.canceled_total), (1, 2200));
}
