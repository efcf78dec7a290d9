//! Something of ours panics: whoever asked hears that it is our fault, and the work goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use danpay_server::{Clock, Server};
use jiff::Timestamp;
use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{PATIENCE, World, log, read};

#[tokio::test]
async fn a_step_that_panics_is_our_fault_and_the_shop_hears_so() {
    let world = World::new().await;
    let payment = world.create(json!({ "approval": "manual" })).await;
    world.visit(&world.pay(&payment)).await;
    let approve = || async {
        let path = format!("/v1/payments/{}/approve", payment.id());
        world.request(Method::POST, &path).send().await.unwrap()
    };
    world.panics_left.store(u32::MAX, Ordering::SeqCst);
    let answer = approve().await;
    assert_eq!(answer.headers()["retry-after"], "5");
    let (status, problem) = read(answer).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{problem}");
    assert_eq!(problem["code"], "internal");

    world.panics_left.store(0, Ordering::SeqCst);
    let (status, approved) = read(approve().await).await;
    assert_eq!(status, StatusCode::OK, "{approved}");
    assert_eq!(approved["status"], "approved");
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
}

#[tokio::test]
async fn recovery_that_panicked_recovers_again() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    world.sandbox.freeze_clock();
    // The approval goes through, and its answer is lost.
    world.sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    world.visit(&back).await;
    assert_eq!(world.payment(payment.id()).await.status(), "approving");
    // Nobody else asks the time meanwhile but, on PostgreSQL, the sequencer, which rests as long after each.
    world.panics_left.store(4, Ordering::SeqCst);
    until("recovery has ended", || {
        world.panics_left.load(Ordering::SeqCst) == 0
    })
    .await;
    assert!(log().contains("a worker panicked"));
    world.sandbox.advance_clock(Duration::from_mins(1));
    world.until(payment.id(), "approved").await;
    assert_eq!(world.at_kakaopay(&payment).approvals, 1);
}

#[tokio::test]
async fn a_clock_that_shows_the_end_of_time_does_not_end_recovery() {
    let mut world = World::new().await;
    world.stop().await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let clock = Clock::from_fn(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Timestamp::MAX
    });
    let server = Server::open(&world.config, clock).await.unwrap();
    let before = asked.load(Ordering::SeqCst);
    let recovery = tokio::spawn(server.recovery());
    // Once for each turn.
    until("recovery has ended", || {
        asked.load(Ordering::SeqCst) >= before + 2
    })
    .await;
    recovery.abort();
}

async fn until(otherwise: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{otherwise}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
