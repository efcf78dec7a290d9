//! A shop that follows its events waits for the next one at the server, and need not read what was before.

use std::time::{Duration, Instant};

use danpay_server::{Admin, Clock, Create};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{PATIENCE, World, read};

/// An answer that came so soon was not waited for. No answer here is waited for as long.
const AT_ONCE: Duration = Duration::from_secs(15);

async fn page(world: &World, query: &str) -> Value {
    let request = world.request(Method::GET, &format!("/v1/events?{query}"));
    let (status, page) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page
}

/// The newest event, once there is one.
async fn newest(world: &World) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let latest = page(world, "after=latest").await;
        assert_eq!(latest["data"], json!([]), "it tells nothing");
        if let Some(id) = latest["next_cursor"].as_str() {
            return id.to_owned();
        }
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn who_waits_is_told_as_soon_as_something_happens() {
    let world = World::new().await;
    let first = page(&world, "wait=20");
    let pays = async {
        // It waits by then, or finds the event at once: both are right.
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.create(json!({})).await
    };
    let began = Instant::now();
    let (first, payment) = tokio::join!(first, pays);
    assert!(began.elapsed() < AT_ONCE);
    assert_eq!(first["data"][0]["payment"]["id"], payment.id());

    let after = format!("wait=20&after={}", first["next_cursor"].as_str().unwrap());
    let (told, withdrawn) = tokio::join!(
        page(&world, &after),
        world.act(&payment, "withdraw", "", Value::Null)
    );
    assert_eq!(withdrawn.status(), StatusCode::OK);
    assert_eq!(told["data"][0]["type"], "payment.withdrawn");
    assert!(began.elapsed() < AT_ONCE);
}

#[tokio::test]
async fn a_wait_in_which_nothing_happens_ends_with_an_empty_page() {
    let world = World::new().await;
    world.create(json!({})).await;
    let newest = newest(&world).await;
    let began = Instant::now();
    let told = page(&world, &format!("wait=1&after={newest}")).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(
        (&told["data"], &told["next_cursor"]),
        (&json!([]), &json!(newest))
    );
}

#[tokio::test]
async fn who_begins_with_the_latest_is_told_what_comes_after_it() {
    let world = World::new().await;
    let latest = page(&world, "after=latest&wait=20").await;
    assert_eq!(latest["next_cursor"], Value::Null, "and it waits for none");
    let payment = world.create(json!({})).await;
    let newest = newest(&world).await;
    world.act(&payment, "withdraw", "", Value::Null).await;
    let told = page(&world, &format!("wait=20&after={newest}")).await;
    let types: Vec<_> = told["data"].as_array().unwrap().iter().collect();
    assert_eq!(types.len(), 1, "{told}");
    assert_eq!(types[0]["type"], "payment.withdrawn");
}

#[tokio::test]
async fn a_server_that_drains_keeps_nobody_waiting() {
    // For as long as this test may take.
    let world = World::with(|config| config.drain_seconds = Some(300)).await;
    let began = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.begin_to_stop();
    };
    let (told, ()) = tokio::join!(page(&world, "wait=20"), stop);
    assert_eq!(told["data"], json!([]));
    assert!(began.elapsed() < AT_ONCE);
    page(&world, "wait=20").await;
    assert!(began.elapsed() < AT_ONCE, "nor whoever comes later");
}

#[tokio::test]
async fn so_many_wait_and_the_next_one_is_answered_at_once() {
    let world = World::new().await;
    let began = Instant::now();
    let mut asked: JoinSet<_> = (0..33)
        .map(|_| world.request(Method::GET, "/v1/events?wait=20").send())
        .collect();
    let one_too_many = read(asked.join_next().await.unwrap().unwrap().unwrap()).await;
    assert_eq!(one_too_many.1["data"], json!([]));
    assert!(began.elapsed() < AT_ONCE);
    world.create(json!({})).await;
    for answer in asked.join_all().await {
        let (status, told) = read(answer.unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told["data"][0]["type"], "payment.ready");
    }
    assert!(began.elapsed() < AT_ONCE);
}

#[tokio::test]
async fn a_key_that_is_revoked_while_it_waits_is_told_nothing() {
    let world = World::new().await;
    let admin = Admin::open(&world.config, Clock::system(), Create::No);
    let admin = admin.await.unwrap();
    let shop = admin.first_shop().await.unwrap();
    let revoke = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(admin.revoke_key(shop, "first").await.unwrap());
        // For as long as a key is known.
        world.sandbox.advance_clock(Duration::from_secs(10));
    };
    let waits = world.request(Method::GET, "/v1/events?wait=2").send();
    let (told, ()) = tokio::join!(waits, revoke);
    let (status, told) = read(told.unwrap()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{told}");
}
