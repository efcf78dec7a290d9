//! What a shop is told of all its payments, in one line.

use std::time::Instant;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{PATIENCE, World, read};

async fn page(world: &World, query: &str) -> (StatusCode, Value) {
    let request = world.request(Method::GET, &format!("/v1/events{query}"));
    read(request.send().await.unwrap()).await
}

/// Follows the shop with pages of this size until so many events have come.
async fn follow(world: &World, limit: usize, count: usize) -> Vec<Value> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    let deadline = Instant::now() + PATIENCE;
    while seen.len() < count {
        assert!(Instant::now() < deadline, "{seen:?}");
        let (status, page) = page(world, &format!("?limit={limit}{after}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page["data"].as_array().unwrap().len() <= limit);
        seen.extend(page["data"].as_array().unwrap().iter().cloned());
        if let Some(next) = page["next_cursor"].as_str() {
            after = format!("&after={next}");
        } else {
            assert!(seen.is_empty(), "{page}");
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    seen
}

fn of<'a>(seen: &'a [Value], id: &str) -> Vec<&'a Value> {
    let of = seen.iter().filter(|event| event["payment"]["id"] == id);
    of.collect()
}

#[tokio::test]
async fn a_shop_is_told_each_event_once_and_as_its_payment_tells_it() {
    let world = World::new().await;
    assert_eq!(page(&world, "").await.1["next_cursor"], Value::Null);
    let mut payments = Vec::new();
    for _ in 0..3 {
        let payment = world.create(json!({})).await;
        world.visit(&world.pay(&payment)).await.onward();
        payments.push(payment);
    }
    // Refunds in two parts: each event has the cancellations of its own time.
    for _ in 0..2 {
        let part = json!({ "amount": { "total": 700 } });
        world.cancel(&payments[1], part).await;
    }
    let seen = follow(&world, 2, 8).await;
    assert_eq!(seen.len(), 8);
    for payment in &payments {
        let told = world.events(payment.id()).await;
        assert_eq!(of(&seen, payment.id()), told.iter().collect::<Vec<_>>());
    }
    assert_eq!(
        follow(&world, 100, 8).await,
        seen,
        "it reads the same again"
    );
}

#[tokio::test]
async fn an_empty_page_says_where_to_go_on() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let seen = follow(&world, 9, 1).await;
    let last = seen[0]["id"].as_str().unwrap();
    let (_, empty) = page(&world, &format!("?after={last}")).await;
    assert_eq!(
        (&empty["data"], &empty["next_cursor"]),
        (&json!([]), &json!(last))
    );

    world.act(&payment, "withdraw", "", Value::Null).await;
    let seen = follow(&world, 9, 2).await;
    let (_, rest) = page(&world, &format!("?after={last}")).await;
    assert_eq!(rest["data"], json!([seen[1]]));
    assert_eq!(rest["next_cursor"], seen[1]["id"]);
}

#[tokio::test]
async fn who_asks_after_nothing_that_is_there_is_told_what_to_do() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let seen = follow(&world, 9, 1).await;
    world.database.prune(payment.id());
    let gone = seen[0]["id"].as_str().unwrap();
    let (status, problem) = page(&world, &format!("?after={gone}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    assert_eq!(problem["code"], "event_unknown");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("without after"), "{detail}");

    for wrong in ["after=x", "after=", "limit=0", "limit=101", "wait=21"] {
        let (status, problem) = page(&world, &format!("?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let named = wrong.split('=').next().unwrap();
        assert_eq!(problem["errors"][0]["field"], named, "{problem}");
    }
    for unreadable in ["cursor=x", "wait=soon", "wait=-1", "wait=1.5"] {
        let (status, problem) = page(&world, &format!("?{unreadable}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("limit, after and wait"), "{detail}");
    }
}

#[tokio::test]
async fn a_server_that_is_started_again_goes_on_giving_positions() {
    let mut world = World::new().await;
    world.create(json!({})).await;
    let before = follow(&world, 9, 1).await;
    world.stop().await;
    world.start().await;
    world.create(json!({})).await;
    let seen = follow(&world, 9, 2).await;
    assert_eq!(seen[0]["id"], before[0]["id"]);
}
