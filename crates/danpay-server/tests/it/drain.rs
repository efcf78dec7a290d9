//! A server that is told to stop first tells load balancers so, and serves whoever comes meanwhile.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{World, order};

#[tokio::test]
async fn a_draining_server_says_that_it_is_not_ready_and_serves_whoever_comes() {
    // For as long as this test may take.
    let world = World::with(|config| config.drain_seconds = Some(300)).await;
    let readyz = format!("{}/readyz", world.url);
    let ready = world.http.get(&readyz).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(!ready.headers().contains_key("connection"));

    world.begin_to_stop();
    let draining = loop {
        let answer = world.http.get(&readyz).send().await.unwrap();
        if answer.status() != StatusCode::OK {
            break answer;
        }
    };
    assert_eq!(draining.status(), StatusCode::SERVICE_UNAVAILABLE);
    // The next request finds its way to another server.
    assert_eq!(draining.headers()["connection"], "close");
    let create = world.request(Method::POST, "/v1/payments");
    let created = create.json(&order(json!({}))).send().await.unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    let alive = world.http.get(format!("{}/livez", world.url));
    assert_eq!(alive.send().await.unwrap().status(), StatusCode::OK);
}
