//! Nothing waits between a claim and its call, however many calls are under way.

use std::time::Duration;

use jiff::Timestamp;
use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{World, read};

/// A world in which one call that moves money is made at a time.
async fn narrow() -> World {
    let mut world = World::new().await;
    world.stop().await;
    world.calls_at_once = 1;
    world.start().await;
    world
}

/// When KakaoPay was asked to approve or cancel, by TID.
async fn calls(world: &World, endpoint: &str, tid: &str) -> Vec<Timestamp> {
    let journal = format!("{}/_sandbox/journal", world.sandbox.url());
    let (_, journal) = read(world.http.get(journal).send().await.unwrap()).await;
    let entries = journal["entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| entry["tid"] == tid)
        .filter(|entry| entry["path"].as_str().unwrap().ends_with(endpoint))
        .map(|entry| entry["at"].as_str().unwrap().parse().unwrap())
        .collect()
}

/// Each call was made within 4 s of a claim of its own.
async fn calls_follow_their_claims(world: &World, id: &str, tid: &str) {
    let claims = ["payment.approving", "payment.approval_repeated"];
    let events = world.history(id);
    let claims: Vec<Timestamp> = events
        .iter()
        .filter(|event| claims.contains(&event["type"].as_str().unwrap()))
        .map(|event| event["at"].as_str().unwrap().parse().unwrap())
        .collect();
    let calls = calls(world, "/approve", tid).await;
    assert!(!calls.is_empty() && calls.len() <= claims.len());
    for call in calls {
        let age = |claim: &Timestamp| call.duration_since(*claim).as_millis();
        assert!(
            claims
                .iter()
                .any(|claim| (-1_000..=4_000).contains(&age(claim))),
            "called at {call}, claimed at {claims:?}"
        );
    }
}

#[tokio::test]
async fn a_payer_who_finds_no_turn_waits_without_a_claim_and_is_charged_when_there_is_one() {
    let world = narrow().await;
    let slow = world.create(json!({})).await;
    let waiting = world.create(json!({})).await;
    let backs = [world.pay(&slow), world.pay(&waiting)];
    let delay = Fault::new(Endpoint::Approve, FaultKind::DelayBefore).tid(slow.tid());
    world.sandbox.inject(delay.delay_ms(6_000));
    let meanwhile = async {
        world.until(slow.id(), "approving").await;
        let visit = world.visit(&backs[1]);
        let clock = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            // All turns are taken for a minute.
            world.sandbox.advance_clock(Duration::from_mins(1));
        };
        let (shown, ()) = tokio::join!(visit, clock);
        assert_eq!(shown.onward(), world.result_url(&waiting));
        let payment = world.payment(waiting.id()).await;
        assert_eq!(payment.status(), "authenticated");
        assert_eq!(world.at_kakaopay(&waiting).approve_calls, 0);
        let page = world.visit(&world.result_url(&waiting)).await;
        assert!(page.shows("waiting"), "{page:?}");
    };
    tokio::join!(world.visit(&backs[0]), meanwhile);
    world.until(slow.id(), "approved").await;
    world.until(waiting.id(), "approved").await;
    calls_follow_their_claims(&world, waiting.id(), waiting.tid()).await;
}

#[tokio::test]
async fn a_shop_that_finds_no_turn_is_told_to_come_again_and_leaves_no_key() {
    let world = narrow().await;
    let slow = world.create(json!({})).await;
    let paid = world.create(json!({})).await;
    let manual = world.create(json!({ "approval": "manual" })).await;
    world.visit(&world.pay(&paid)).await.onward();
    world.visit(&world.pay(&manual)).await.onward();
    let back = world.pay(&slow);
    let delay = Fault::new(Endpoint::Approve, FaultKind::DelayBefore).tid(slow.tid());
    world.sandbox.inject(delay.delay_ms(6_000));
    let meanwhile = async {
        world.until(slow.id(), "approving").await;
        let cancel = world.act(&paid, "cancel", "refund", json!({}));
        let approve = world.act(&manual, "approve", "approve", Value::Null);
        let (cancel, approve) = tokio::join!(cancel, approve);
        for answer in [cancel, approve] {
            assert_eq!(answer.headers()["retry-after"], "1");
            let (status, problem) = read(answer).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(problem["code"], "overloaded");
        }
        // Lookups need no turn of these.
        let recover = world.act(&paid, "recover", "", Value::Null).await;
        assert_eq!(recover.status(), StatusCode::OK);
    };
    tokio::join!(world.visit(&back), meanwhile);
    world.until(slow.id(), "approved").await;
    let cancel = world.act(&paid, "cancel", "refund", json!({})).await;
    assert!(!cancel.headers().contains_key("idempotent-replayed"));
    assert_eq!(cancel.status(), StatusCode::OK);
    let approve = world.act(&manual, "approve", "approve", Value::Null).await;
    assert_eq!(approve.status(), StatusCode::OK);
}
