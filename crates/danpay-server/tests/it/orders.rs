//! One order, one charge: across payments, keys, tabs and restarts.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, World, log, order, read};

async fn two_of_one_order(world: &World, more: Value) -> [Payment; 2] {
    let mut fields = json!({ "order_id": "the-order" });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    [
        world.create(fields.clone()).await,
        world.create(fields).await,
    ]
}

async fn create(world: &World, key: &str) -> (StatusCode, Value) {
    let body = order(json!({ "order_id": "the-order" }));
    let request = world.request(Method::POST, "/v1/payments").json(&body);
    let request = request.header("Idempotency-Key", key);
    read(request.send().await.unwrap()).await
}

fn approvals(world: &World, payments: &[Payment; 2]) -> u32 {
    let of = |payment| world.at_kakaopay(payment).approvals;
    payments.iter().map(of).sum()
}

/// Somebody approves at KakaoPay without danpay, with the payer's token.
pub(crate) async fn approve_outside(world: &World, payment: &Payment, token: &str) {
    let body = json!({
        "cid": "TC0ONETIME", "tid": payment.tid(), "partner_order_id": payment.0["order_id"],
        "partner_user_id": "member-1", "pg_token": token,
    });
    let url = format!("{}/online/v1/payment/approve", world.sandbox.url());
    let key = format!("SECRET_KEY {}", crate::support::SECRET_KEY);
    let request = world.http.post(url).json(&body);
    let request = request.header("Authorization", key);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_order_that_is_paid_is_not_charged_by_a_second_payment() {
    let mut world = World::new().await;
    let payments = two_of_one_order(&world, json!({})).await;
    let backs = [world.pay(&payments[0]), world.pay(&payments[1])];
    world.visit(&backs[0]).await.onward();
    assert_eq!(world.payment(payments[0].id()).await.status(), "approved");

    world.stop().await;
    world.start().await;
    let (_, path) = backs[1].split_once("/return/").unwrap();
    world.visit(&format!("{}/return/{path}", world.url)).await;
    let second = world.payment(payments[1].id()).await;
    assert_eq!(second.status(), "failed");
    assert_eq!(second.0["failure"]["code"], "order_already_paid");
    assert_eq!(second.0["checkout_url"], Value::Null);
    assert_eq!(world.at_kakaopay(&payments[1]).approve_calls, 0);
    let page = world.visit(&world.result_url(&payments[1])).await;
    assert!(page.shows("paid-already"), "{page:?}");
    assert!(page.page.contains("이미 결제된 주문입니다"));
    assert_eq!(approvals(&world, &payments), 1);
    let event = world.history(payments[1].id()).pop().unwrap();
    assert_eq!(event["evidence"]["order_charged_by"], payments[0].id());
}

#[tokio::test]
async fn a_paid_order_gets_no_further_payment_and_a_repeated_request_its_own() {
    let world = World::new().await;
    let (status, first) = create(&world, "the-order-1").await;
    assert_eq!(status, StatusCode::CREATED);
    // While it is merely ready, more may be made.
    let (status, _) = create(&world, "the-order-2").await;
    assert_eq!(status, StatusCode::CREATED);
    let first = Payment(first);
    world.visit(&world.pay(&first)).await;
    let (status, problem) = create(&world, "the-order-3").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "order_already_paid");
    assert_eq!(problem["payment_id"], first.id());
    let (status, again) = create(&world, "the-order-1").await;
    assert_eq!(
        (status, &again["status"]),
        (StatusCode::OK, &json!("approved"))
    );
    assert_eq!(again["checkout_url"], Value::Null);
    // Canceled since, it was paid all the same.
    let (status, _) = world.cancel(&first, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let (_, problem) = create(&world, "the-order-3").await;
    assert_eq!(problem["code"], "order_already_paid");
}

#[tokio::test]
async fn two_tabs_that_pay_two_payments_of_an_order_at_once_are_charged_once() {
    let world = World::new().await;
    for _ in 0..5 {
        let order_id = format!("order-{}", world.number());
        let fields = json!({ "order_id": order_id });
        let payments = [
            world.create(fields.clone()).await,
            world.create(fields).await,
        ];
        let backs = [world.pay(&payments[0]), world.pay(&payments[1])];
        tokio::join!(world.visit(&backs[0]), world.visit(&backs[1]));
        let mut statuses = Vec::new();
        for payment in &payments {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
            loop {
                let payment = world.payment(payment.id()).await;
                if ["approved", "failed"].contains(&payment.status()) {
                    statuses.push(payment.status().to_owned());
                    break;
                }
                assert!(std::time::Instant::now() < deadline, "{}", payment.0);
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        statuses.sort();
        assert_eq!(statuses, ["approved", "failed"]);
        assert_eq!(approvals(&world, &payments), 1);
    }
}

#[tokio::test]
async fn while_the_order_is_being_charged_the_second_payment_waits_and_is_charged_if_the_first_is_refused()
 {
    let world = World::new().await;
    let payments =
        two_of_one_order(&world, json!({ "return_url": "https://shop.example/o" })).await;
    let backs = [world.pay(&payments[0]), world.pay(&payments[1])];
    // The first one's outcome is not known for a while.
    let lost = Fault::new(Endpoint::Approve, FaultKind::ResetBefore).tid(payments[0].tid());
    let silent = Fault::new(Endpoint::Order, FaultKind::Error503).tid(payments[0].tid());
    world.sandbox.inject(lost);
    world.sandbox.inject(silent.times(1_000));
    world.visit(&backs[0]).await.onward();
    assert_eq!(world.payment(payments[0].id()).await.status(), "approving");

    let shown = world.visit(&backs[1]).await;
    assert_eq!(
        shown.onward(),
        world.result_url(&payments[1]),
        "not to the shop"
    );
    let second = world.payment(payments[1].id()).await;
    assert_eq!(second.status(), "authenticated");
    let page = world.visit(shown.onward()).await;
    assert!(
        page.shows("waiting") && page.page.contains("http-equiv=\"refresh\""),
        "{page:?}"
    );
    assert_eq!(world.at_kakaopay(&payments[1]).approve_calls, 0);

    // KakaoPay refuses it for good, and the second one's turn has come.
    world.sandbox.clear_faults();
    let refused = Fault::error(Endpoint::Approve, -705).tid(payments[0].tid());
    world.sandbox.inject(refused.times(1_000));
    world
        .sandbox
        .advance_clock(std::time::Duration::from_secs(31));
    let answered = ["payment.approval_unknown"; 2];
    world.until_steps(payments[0].id(), &answered).await;
    world
        .sandbox
        .advance_clock(std::time::Duration::from_secs(31));
    world.until(payments[0].id(), "failed").await;
    world.until(payments[1].id(), "approved").await;
    assert_eq!(approvals(&world, &payments), 1);
}

#[tokio::test]
async fn a_shop_is_told_that_the_order_is_being_charged_and_nothing_is_made_up_for_later() {
    let world = World::new().await;
    let payments = two_of_one_order(&world, json!({ "approval": "manual" })).await;
    for payment in &payments {
        world.visit(&world.pay(payment)).await;
    }
    let lost = Fault::new(Endpoint::Approve, FaultKind::ResetBefore).tid(payments[0].tid());
    world.sandbox.inject(lost);
    let down = Fault::new(Endpoint::Order, FaultKind::Error503).times(1_000);
    world.sandbox.inject(down);
    let first = world.act(&payments[0], "approve", "", Value::Null).await;
    assert_eq!(first.status(), StatusCode::ACCEPTED);
    let second = world.act(&payments[1], "approve", "", Value::Null).await;
    let (status, problem) = read(second).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "order_being_charged");
    assert_eq!(problem["payment_id"], payments[0].id());
    assert_eq!(
        world.payment(payments[1].id()).await.status(),
        "authenticated"
    );

    // It may be taken back meanwhile; the first one is charged in the end.
    world.sandbox.clear_faults();
    world
        .sandbox
        .advance_clock(std::time::Duration::from_secs(31));
    world.until(payments[0].id(), "approved").await;
    let second = world.act(&payments[1], "approve", "", Value::Null).await;
    let (status, problem) = read(second).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "approval_ended");
    assert_eq!(problem["payment"]["failure"]["code"], "order_already_paid");
    assert_eq!(world.at_kakaopay(&payments[1]).approve_calls, 0);
    assert_eq!(approvals(&world, &payments), 1);
}

#[tokio::test]
async fn where_order_numbers_repeat_each_payment_is_charged() {
    let world = World::with(|config| config.orders_repeat = true).await;
    let payments = two_of_one_order(&world, json!({})).await;
    for payment in &payments {
        world.visit(&world.pay(payment)).await;
        assert_eq!(world.payment(payment.id()).await.status(), "approved");
    }
    let (status, _) = create(&world, "third").await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(approvals(&world, &payments), 2);
}

#[tokio::test]
async fn a_charge_that_kakaopay_proves_is_booked_and_marked_if_it_is_the_second() {
    let world = World::new().await;
    let payments = two_of_one_order(&world, json!({})).await;
    let back = world.pay(&payments[0]);
    let token = world.pay(&payments[1]);
    let token = token.split_once("pg_token=").unwrap().1;
    approve_outside(&world, &payments[1], token).await;
    world.visit(&back).await.onward();
    assert_eq!(world.payment(payments[0].id()).await.status(), "approved");

    let told = world.act(&payments[1], "recover", "", Value::Null).await;
    let (_, second) = read(told).await;
    assert_eq!(second["status"], "approved", "{second}");
    assert_eq!(second["second_charge_of"], payments[0].id());
    let event = world.history(payments[1].id()).pop().unwrap();
    assert_eq!(
        event["state"]["approval"]["second_charge_of"],
        payments[0].id()
    );
    assert!(event["review"].as_str().unwrap().contains(payments[0].id()));
    let told = world.events(payments[1].id()).await.pop().unwrap();
    assert_eq!(told["type"], "payment.approved");
    assert_eq!(told["needs_review"], true);
    assert_eq!(told["payment"], second);
    // A person is told: that line of the log alerts.
    let log = log();
    let mut lines = log.lines().filter(|line| line.contains("review needed"));
    let alert = format!(
        "\"alert\":\"review_needed\",\"payment.id\":\"{}\"",
        payments[1].id()
    );
    assert!(lines.any(|line| line.contains(&alert)), "no {alert}");
    // And it can go back.
    let (status, canceled) = world.cancel(&Payment(second), json!({})).await;
    assert_eq!(
        (status, &canceled["status"]),
        (StatusCode::OK, &json!("canceled"))
    );
}
