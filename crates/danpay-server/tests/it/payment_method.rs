//! A shop may let an order be paid in some ways only: KakaoPay is told, and the database keeps it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, World, order, read};

/// What KakaoPay was asked to make ready, each time.
pub(crate) async fn readied(world: &World) -> Vec<Value> {
    let journal = format!("{}/_sandbox/journal", world.sandbox.url());
    let (_, journal) = read(world.http.get(journal).send().await.unwrap()).await;
    let entries = journal["entries"].as_array().unwrap().iter();
    let bodies =
        entries.filter_map(|entry| serde_json::from_str::<Value>(entry["body"].as_str()?).ok());
    bodies
        .filter(|body| body["approval_url"].is_string())
        .collect()
}

async fn create(world: &World, key: &str, more: Value) -> (StatusCode, Value) {
    let request = world
        .request(Method::POST, "/v1/payments")
        .json(&order(more));
    read(request.header("Idempotency-Key", key).send().await.unwrap()).await
}

#[tokio::test]
async fn what_may_be_paid_with_is_told_to_kakaopay_as_it_takes_it() {
    let world = World::new().await;
    let restricted = json!({
        "payment_method_type": "CARD", "available_cards": ["SHINHAN", "BC"], "install_month": 3,
    });
    let (status, payment) = create(&world, "1", restricted).await;
    assert_eq!(status, StatusCode::CREATED, "{payment}");
    let asked = &readied(&world).await[0];
    assert_eq!(asked["payment_method_type"], "CARD");
    assert_eq!(asked["available_cards"], json!(["BC", "SHINHAN"]));
    assert_eq!(asked["install_month"], 3);
    // The same cards in another order are the same request; others are not.
    let again = json!({
        "install_month": 3, "available_cards": ["BC", "SHINHAN", "BC"], "payment_method_type": "CARD",
    });
    let (status, replayed) = create(&world, "1", again).await;
    assert_eq!(status, StatusCode::OK, "{replayed}");
    assert_eq!(replayed["id"], payment["id"]);
    let (_, other) = create(&world, "1", json!({})).await;
    assert_eq!(other["code"], "idempotency_key_reused");
    let payment = Payment(payment);
    world.visit(&world.pay(&payment)).await.onward();
    assert_eq!(world.payment(payment.id()).await.status(), "approved");
}

#[tokio::test]
async fn a_payment_without_restrictions_asks_for_none() {
    let world = World::new().await;
    world.create(json!({})).await;
    let asked = &readied(&world).await[0];
    for name in ["payment_method_type", "available_cards", "install_month"] {
        assert_eq!(asked.get(name), None, "{name}");
    }
}
