//! PostgreSQL fails while payers pay: nothing is half-done, and it goes on by itself.

use std::io::ErrorKind;

use danpay_test_postgres::{Cluster, Settings};
use reqwest::StatusCode;
use serde_json::json;

use crate::exports::large;
use crate::support::database::multiplied;
use crate::support::{Download, World, log};

async fn readiness(world: &World) -> StatusCode {
    let readyz = world.http.get(format!("{}/readyz", world.url));
    readyz.send().await.unwrap().status()
}

#[tokio::test]
async fn a_killed_database_takes_no_payment_with_it_and_nothing_is_approved_without_it() {
    let mut cluster = Cluster::start(&Settings::quick()).unwrap();
    let url = cluster.tcp_url(&cluster.create_database().unwrap());
    let world = World::with(|config| config.database_url = url.into()).await;
    let payment = world.create(json!({})).await;
    let paid = world.create(json!({})).await;
    world.visit(&world.pay(&paid)).await;
    let back = world.pay(&payment);
    cluster.kill().unwrap();

    let shown = world.visit(&back).await;
    assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(shown.shows("unavailable") && shown.page.contains("http-equiv=\"refresh\""));
    assert_eq!(readiness(&world).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.at_kakaopay(&payment).approve_calls, 0);

    cluster.restart().unwrap();
    assert_eq!(world.payment(paid.id()).await.status(), "approved");
    // The page reloads itself.
    assert_eq!(
        world.visit(&back).await.onward(),
        world.result_url(&payment)
    );
    assert_eq!(world.payment(payment.id()).await.status(), "approved");
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
    assert_eq!(readiness(&world).await, StatusCode::OK);
}

#[tokio::test]
async fn a_file_whose_database_is_killed_is_broken_off_and_does_not_look_whole() {
    let cluster = Cluster::start(&Settings::quick()).unwrap();
    let name = cluster.create_database().unwrap();
    let url = cluster.tcp_url(&name);
    let world = World::with(|config| config.database_url = url.into()).await;
    let payment = large(&world).await;
    let all = multiplied(payment.id().parse().unwrap(), 500);
    // On another thread, as the server may have locked what it asks for.
    let asking = tokio::task::spawn_blocking(move || {
        cluster.sql(&name, &all).unwrap();
        cluster
    });
    let mut cluster = asking.await.unwrap();
    let download = Download::begin(&world, "/v1/payments").await;
    cluster.kill().unwrap();
    let broken = download.rest().await.unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
    assert!(log().contains("a CSV file was broken off"));
}
