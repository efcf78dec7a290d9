//! The database cannot be written: nothing is half-done, and it goes on by itself.

use std::io::ErrorKind;
use std::path::PathBuf;

use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::exports::large;
use crate::support::{Download, World, log, order, read};

/// The file of the database.
fn database(world: &World) -> PathBuf {
    let url = world.config.database_url.expose_secret();
    PathBuf::from(url.strip_prefix("sqlite:").unwrap())
}

async fn create(world: &World) -> StatusCode {
    let request = world.request(Method::POST, "/v1/payments");
    let order_id = format!("order-{}", world.number());
    let body = order(json!({ "order_id": order_id }));
    let response = request.json(&body).send().await.unwrap();
    let (status, body) = read(response).await;
    if status != StatusCode::CREATED {
        assert_eq!(body["code"], "database_unavailable", "{body}");
    }
    status
}

async fn readiness(world: &World) -> StatusCode {
    let readyz = world.http.get(format!("{}/readyz", world.url));
    readyz.send().await.unwrap().status()
}

#[tokio::test]
async fn while_the_database_is_locked_nothing_is_approved_and_the_payer_is_not_sent_away() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let outsider = Connection::open(database(&world)).unwrap();
    outsider.execute_batch("begin immediate").unwrap();

    let shown = world.visit(&back).await;
    assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(shown.shows("unavailable") && shown.page.contains("http-equiv=\"refresh\""));
    assert!(shown.page.contains("다시 결제하지 마세요"));
    assert_eq!(create(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(readiness(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    // What is in the database can still be read, and KakaoPay was not called without a claim.
    assert_eq!(world.payment(payment.id()).await.status(), "ready");
    assert_eq!(world.at_kakaopay(&payment).approve_calls, 0);

    outsider.execute_batch("rollback").unwrap();
    // The page reloads itself.
    assert_eq!(
        world.visit(&back).await.onward(),
        world.result_url(&payment)
    );
    assert_eq!(world.payment(payment.id()).await.status(), "approved");
    assert_eq!(create(&world).await, StatusCode::CREATED);
    assert_eq!(readiness(&world).await, StatusCode::OK);
}

#[tokio::test]
async fn a_database_file_that_is_gone_takes_no_payment_until_it_is_back() {
    let world = World::new().await;
    assert_eq!(create(&world).await, StatusCode::CREATED);
    let database = database(&world);
    let elsewhere = PathBuf::from(format!("{}.moved", database.display()));
    std::fs::rename(&database, &elsewhere).unwrap();
    assert_eq!(create(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(readiness(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    // Another file under the name is not the database.
    std::fs::write(&database, "").unwrap();
    assert_eq!(create(&world).await, StatusCode::SERVICE_UNAVAILABLE);

    std::fs::rename(&elsewhere, &database).unwrap();
    assert_eq!(create(&world).await, StatusCode::CREATED);
    assert_eq!(readiness(&world).await, StatusCode::OK);
}

#[tokio::test]
async fn a_file_whose_database_fails_is_broken_off_and_does_not_look_whole() {
    let world = World::new().await;
    let payment = large(&world).await;
    world.database.multiply(payment.id(), 500);
    let download = Download::begin(&world, "/v1/payments").await;
    let database = database(&world);
    let elsewhere = PathBuf::from(format!("{}.moved", database.display()));
    std::fs::rename(&database, &elsewhere).unwrap();
    assert_eq!(create(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    let broken = download.rest().await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
    assert!(log().contains("a CSV file was broken off"));
    std::fs::rename(&elsewhere, &database).unwrap();
}
