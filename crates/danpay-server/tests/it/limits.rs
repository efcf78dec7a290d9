//! KakaoPay is slow, down or wants to be left alone: new payments hear so quickly, and what is
//! under way goes through.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Payment, World, order, read};

fn creation(world: &World) -> RequestBuilder {
    let request = world.request(Method::POST, "/v1/payments");
    let order_id = format!("order-{}", world.number());
    request.json(&order(json!({ "order_id": order_id })))
}

async fn create(world: &World) -> Response {
    creation(world).send().await.unwrap()
}

async fn recover(world: &World, payment: &Payment) -> StatusCode {
    let path = format!("/v1/payments/{}/recover", payment.id());
    let request = world.request(Method::POST, &path);
    request.send().await.unwrap().status()
}

fn retry_after(response: &Response) -> u64 {
    let header = response.headers().get("retry-after").unwrap();
    header.to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_kakaopay_that_is_down_is_left_alone_by_new_payments_only() {
    let world = World::new().await;
    let under_way = world.create(json!({})).await;
    let back = world.pay(&under_way);
    let down = Fault::new(Endpoint::Ready, FaultKind::Error500).times(5);
    world.sandbox.inject(down);
    for _ in 0..5 {
        assert_eq!(create(&world).await.status(), StatusCode::BAD_GATEWAY);
    }
    // It would work now, but is not tried.
    world.sandbox.freeze_clock();
    let refused = create(&world).await;
    assert!((1..=3).contains(&retry_after(&refused)));
    let (status, problem) = read(refused).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem["code"], "kakaopay_unreachable");

    // Who is at KakaoPay already is approved, and lookups are made.
    world.visit(&back).await;
    assert_eq!(world.payment(under_way.id()).await.status(), "approved");
    assert_eq!(recover(&world, &under_way).await, StatusCode::OK);
    assert_eq!(lookups(&world).await, 1);
    let still = create(&world).await;
    assert_eq!(still.status(), StatusCode::SERVICE_UNAVAILABLE);

    world.sandbox.advance_clock(Duration::from_secs(3));
    assert_eq!(create(&world).await.status(), StatusCode::CREATED);
    assert_eq!(create(&world).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_crowd_waits_for_a_slow_kakaopay_and_the_rest_is_told_at_once_to_come_again() {
    let world = World::new().await;
    let under_way = world.create(json!({})).await;
    let back = world.pay(&under_way);
    // Longer than anybody waits for a turn, however slowly the crowd arrives.
    let slow = Fault::new(Endpoint::Ready, FaultKind::DelayBefore);
    world.sandbox.inject(slow.delay_ms(4_000).times(1_000));
    let mut crowd = JoinSet::new();
    for _ in 0..300 {
        crowd.spawn(creation(&world).send());
    }
    world.visit(&back).await;
    assert_eq!(world.payment(under_way.id()).await.status(), "approved");
    let (mut created, mut refused) = (0, 0);
    while let Some(answer) = crowd.join_next().await {
        let answer = answer.unwrap().unwrap();
        if answer.status() == StatusCode::CREATED {
            created += 1;
            continue;
        }
        assert_eq!(retry_after(&answer), 1);
        let (status, problem) = read(answer).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem["code"], "overloaded", "{problem}");
        refused += 1;
    }
    assert!(created >= 128 && refused > 0, "{created}, {refused}");
}

/// How often KakaoPay was asked how a payment stands.
async fn lookups(world: &World) -> usize {
    let journal = format!("{}/_sandbox/journal", world.sandbox.url());
    let (_, journal) = read(world.http.get(journal).send().await.unwrap()).await;
    let entries = journal["entries"].as_array().unwrap().iter();
    let order = |entry: &&Value| entry.to_string().contains("/payment/order");
    entries.filter(order).count()
}

#[tokio::test]
async fn a_kakaopay_that_wants_to_be_left_alone_is_and_the_payment_is_approved_afterwards() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world.sandbox.freeze_clock();
    let quota = Fault::new(Endpoint::Approve, FaultKind::Error429);
    world.sandbox.inject(quota);
    world.visit(&back).await;
    assert_eq!(world.payment(payment.id()).await.status(), "approving");
    // Visitors and the shop cause no lookup now.
    world
        .visit(&world.return_url(&payment, "cancel").await)
        .await;
    assert_eq!(recover(&world, &payment).await, StatusCode::OK);
    assert_eq!(lookups(&world).await, 0);

    world.sandbox.advance_clock(Duration::from_secs(61));
    world.until(payment.id(), "approved").await;
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
    assert!(lookups(&world).await > 0);
}

#[tokio::test]
async fn whoever_calls_one_address_again_and_again_takes_no_lookup_from_the_others() {
    let world = World::new().await;
    let called = world.create(json!({})).await;
    let other = world.create(json!({})).await;
    world.sandbox.freeze_clock();
    for _ in 0..30 {
        world
            .visit(&world.return_url(&called, "cancel").await)
            .await;
    }
    assert_eq!(lookups(&world).await, 1);
    assert_eq!(recover(&world, &other).await, StatusCode::OK);
    assert_eq!(lookups(&world).await, 2);
}
