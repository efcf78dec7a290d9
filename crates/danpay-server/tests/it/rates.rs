//! Who comes too often is told when to come again; what ends a payment never is, and nobody uses up
//! what is another's.

use std::time::Duration;

use danpay_server::{Config, Rate};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::json;

use crate::support::{World, read};

const FEW: Option<Rate> = Some(Rate {
    per_second: 1,
    burst: 5,
});

/// A world whose time stands still.
async fn still(settings: impl FnOnce(&mut Config)) -> World {
    let world = World::with(settings).await;
    world.sandbox.freeze_clock();
    world
}

/// Asks until it is refused.
async fn exhaust(ask: impl Fn() -> RequestBuilder) -> Response {
    for _ in 0..=5 {
        let response = ask().send().await.unwrap();
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return response;
        }
    }
    panic!("never refused");
}

fn list(world: &World) -> RequestBuilder {
    world.request(Method::GET, "/v1/payments")
}

/// With a key that has the form of one and that nobody has.
fn guess(world: &World) -> RequestBuilder {
    let url = format!("{}/v1/payments", world.url);
    let nobodys = "danpay_sk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    world.http.get(url).bearer_auth(format!("{nobodys}nqnt3r"))
}

fn told(response: &Response, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_that_is_used_too_often_is_told_when_to_come_again() {
    let world = still(|config| config.rate_per_key = FEW).await;
    let first = list(&world).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(told(&first, "ratelimit-limit"), "5");
    assert_eq!(told(&first, "ratelimit-remaining"), "4");
    assert_eq!(told(&first, "ratelimit-reset"), "1");
    let refused = exhaust(|| list(&world)).await;
    assert_eq!(told(&refused, "retry-after"), "1");
    assert_eq!(told(&refused, "ratelimit-remaining"), "0");
    let (_, problem) = read(refused).await;
    assert_eq!(problem["code"], "too_many_requests");
    assert!(problem["detail_ko"].as_str().unwrap().contains("API 키"));
    world.sandbox.advance_clock(Duration::from_secs(1));
    assert_eq!(list(&world).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn approve_cancel_and_the_payers_way_are_never_refused() {
    let world = still(|config| {
        config.rate_per_key = FEW;
        config.rate_per_address = FEW;
    })
    .await;
    let payment = world.create(json!({ "approval": "manual" })).await;
    let back = world.pay(&payment);
    exhaust(|| list(&world)).await;
    exhaust(|| guess(&world)).await;
    for _ in 0..10 {
        let page = world.visit(&world.result_url(&payment)).await;
        assert_eq!(page.status, StatusCode::OK);
    }
    world.visit(&back).await.onward();
    for _ in 0..10 {
        let approved = world.act(&payment, "approve", "", json!({})).await;
        assert_eq!(approved.status(), StatusCode::OK);
    }
    for _ in 0..10 {
        let (status, problem) = world
            .cancel(&payment, json!({ "amount": { "total": 100 } }))
            .await;
        assert_eq!(status, StatusCode::OK, "{problem}");
    }
}

#[tokio::test]
async fn guessing_keys_uses_up_the_address_and_no_keys_allowance() {
    let mut world = still(|config| config.rate_per_address = FEW).await;
    assert_eq!(list(&world).send().await.unwrap().status(), StatusCode::OK);
    let guessed = guess(&world).send().await.unwrap();
    assert_eq!(guessed.status(), StatusCode::UNAUTHORIZED);
    let refused = exhaust(|| guess(&world)).await;
    assert_eq!(told(&refused, "retry-after"), "1");
    let (_, problem) = read(refused).await;
    assert_eq!(problem["code"], "too_many_requests");
    exhaust(|| world.http.get(format!("{}/v1/payments", world.url))).await;
    for _ in 0..20 {
        assert_eq!(list(&world).send().await.unwrap().status(), StatusCode::OK);
    }
    // A server that has not seen the key yet looks none up for an address that has guessed so much.
    world.stop().await;
    world.start().await;
    exhaust(|| guess(&world)).await;
    exhaust(|| list(&world)).await;
    world.sandbox.advance_clock(Duration::from_secs(2));
    assert_eq!(list(&world).send().await.unwrap().status(), StatusCode::OK);
    exhaust(|| guess(&world)).await;
    assert_eq!(list(&world).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_allowance() {
    let world = still(|config| {
        config.rate_per_address = FEW;
        config.trusted_proxies = vec!["loopback".to_owned()];
    })
    .await;
    let from = |clients: &'static str| guess(&world).header("x-forwarded-for", clients);
    exhaust(|| from("203.0.113.1")).await;
    exhaust(|| from("2001:db8::1")).await;
    for (clients, expected) in [
        ("203.0.113.2", StatusCode::UNAUTHORIZED),
        ("2001:db8:0:1::1", StatusCode::UNAUTHORIZED),
    ] {
        let response = from(clients).send().await.unwrap();
        assert_eq!(response.status(), expected, "{clients}");
    }
    // What a client has written itself, and another address of the same subscriber's.
    exhaust(|| from("203.0.113.3, 203.0.113.1")).await;
    exhaust(|| from("2001:db8::2")).await;
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_not_believed() {
    let world = still(|config| config.rate_per_address = FEW).await;
    let clients = (0..=5).map(|number| format!("203.0.113.{number}"));
    for client in clients {
        let asked = guess(&world).header("x-forwarded-for", client);
        if asked.send().await.unwrap().status() == StatusCode::TOO_MANY_REQUESTS {
            return;
        }
    }
    panic!("never refused");
}
