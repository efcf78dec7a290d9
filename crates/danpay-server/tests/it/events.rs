//! What a shop is told: the story of a payment in few words, each with the payment as it stood then.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::orders::approve_outside;
use crate::support::{Payment, World, read};

/// The types of what was told, in order.
async fn types(world: &World, payment: &Payment) -> Vec<String> {
    let events = world.events(payment.id()).await.into_iter();
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

async fn last(world: &World, payment: &Payment) -> Value {
    world.events(payment.id()).await.pop().unwrap()
}

/// A payment that is paid.
async fn paid(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

#[tokio::test]
async fn a_payment_is_told_from_ready_to_approved() {
    let world = World::new().await;
    let payment = world
        .create(json!({ "metadata": { "coupon": "가을" } }))
        .await;
    world.visit(&world.pay(&payment)).await.onward();
    let events = world.events(payment.id()).await;
    assert_eq!(
        types(&world, &payment).await,
        ["payment.ready", "payment.approved"]
    );
    let numbers: Vec<_> = events.iter().map(|event| &event["sequence"]).collect();
    assert_eq!(numbers, [1, 3], "the claim between them is told to nobody");
    for event in &events {
        assert!(event["id"].as_str().unwrap().starts_with("evt_"));
        assert_eq!(event["object"], "event");
        assert_eq!(event["livemode"], false);
        assert_eq!(event["needs_review"], false);
        let at: jiff::Timestamp = event["created_at"].as_str().unwrap().parse().unwrap();
        assert!(at <= world.sandbox.clock()());
        let members = event.as_object().unwrap().keys();
        assert_eq!(members.len(), 10, "{event}");
        assert_eq!(event["payment"]["sequence"], event["sequence"]);
    }
    // As it stood after each.
    assert_eq!(events[0]["payment"], payment.0);
    assert_eq!(events[1]["payment"], world.payment(payment.id()).await.0);
}

#[tokio::test]
async fn a_payer_with_a_wrong_token_is_waited_for_again() {
    let world = World::new().await;
    let payment = world.create(json!({ "approval": "manual" })).await;
    let address = world.return_url(&payment, "approve").await;
    world
        .visit(&format!("{address}?pg_token=0123456789abcdef0123"))
        .await;
    let told = types(&world, &payment).await;
    assert_eq!(told, ["payment.ready", "payment.authenticated"]);
    world.act(&payment, "approve", "", Value::Null).await;
    world.sandbox.advance_clock(Duration::from_secs(31));
    world.until(payment.id(), "ready").await;
    let again = last(&world, &payment).await;
    assert_eq!(again["type"], "payment.ready");
    assert_eq!(again["payment"]["checkout_url"], payment.0["checkout_url"]);
    // And what is taken back is told as that.
    world.act(&payment, "withdraw", "", Value::Null).await;
    assert_eq!(last(&world, &payment).await["type"], "payment.withdrawn");
}

#[tokio::test]
async fn cancellations_are_told_by_their_ids_with_the_payment_as_it_stood_after_each() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let (_, first) = world
        .cancel(&payment, json!({ "amount": { "total": 700 } }))
        .await;
    let refused = Fault::error(Endpoint::Cancel, -781).tid(payment.tid());
    world
        .sandbox
        .inject(refused.method_result("6666", "원거래 없음"));
    let (status, second) = world.cancel(&payment, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{second}");
    let (_, third) = world.cancel(&payment, json!({})).await;

    let events = world.events(payment.id()).await;
    let told: Vec<_> = events[2..].iter().map(|event| &event["type"]).collect();
    assert_eq!(
        told,
        [
            "payment.partially_canceled",
            "payment.cancellation_failed",
            "payment.canceled"
        ]
    );
    let mut statuses = Vec::new();
    for (event, answer) in events[2..].iter().zip([first, second, third]) {
        assert_eq!(event["cancellation_id"], answer["cancellation_id"]);
        let all = event["payment"]["cancellations"].as_array().unwrap();
        assert_eq!(all.last().unwrap()["id"], event["cancellation_id"]);
        statuses.push(all.last().unwrap()["status"].clone());
        assert_eq!(all.len(), statuses.len());
    }
    assert_eq!(statuses, ["done", "failed", "done"]);
    assert_eq!(events[4]["payment"], world.payment(payment.id()).await.0);
    // A page that begins later knows what was canceled before it.
    let page = world.events_page(payment.id(), "?limit=1&cursor=5").await;
    assert_eq!(page["data"], json!([events[3]]));
}

#[tokio::test]
async fn what_ends_unpaid_is_told_with_its_reason() {
    let world = World::new().await;
    let refused = world.create(json!({})).await;
    let back = world.pay(&refused);
    world
        .sandbox
        .inject(Fault::error(Endpoint::Approve, -705).tid(refused.tid()));
    world.visit(&back).await.onward();
    let told = last(&world, &refused).await;
    assert_eq!(told["type"], "payment.failed");
    let failure = &told["payment"]["failure"];
    assert_eq!(failure["kakaopay"]["error_code"], -705, "{told}");

    let quit = world.create(json!({})).await;
    let back = world.sandbox.play(quit.tid(), "quits").unwrap();
    world.visit(&back).await;
    world.until(quit.id(), "quit").await;
    assert_eq!(
        types(&world, &quit).await,
        ["payment.ready", "payment.quit"]
    );

    let expired = world.create(json!({})).await;
    world.sandbox.advance_clock(Duration::from_mins(16));
    world.until(expired.id(), "expired").await;
    let told = types(&world, &expired).await;
    assert_eq!(told, ["payment.ready", "payment.expired"]);
}

#[tokio::test]
async fn money_that_moved_after_all_is_told_with_what_it_corrects() {
    let world = World::new().await;
    let payment = world.create(json!({})).await;
    let back = world.pay(&payment);
    let (_, token) = back.split_once("pg_token=").unwrap();
    world.act(&payment, "withdraw", "", Value::Null).await;
    approve_outside(&world, &payment, token).await;
    world.act(&payment, "recover", "", Value::Null).await;
    let told = last(&world, &payment).await;
    assert_eq!(told["type"], "payment.approved");
    assert_eq!(told["corrected_from"], "withdrawn");
    assert_eq!(told["payment"], world.payment(payment.id()).await.0);
    // It is told once.
    world.cancel(&payment, json!({})).await;
    let told = last(&world, &payment).await;
    assert_eq!(told["type"], "payment.canceled");
    assert_eq!(told["corrected_from"], Value::Null);
}

#[tokio::test]
async fn nothing_that_only_operators_see_is_told() {
    let world = World::new().await;
    let payment = paid(&world).await;
    world.cancel(&payment, json!({})).await;
    let page = world.events_page(payment.id(), "").await.to_string();
    for own in ["evidence", "approving", "calls_in_doubt", "next_redirect"] {
        assert!(!page.contains(own), "{own}: {page}");
    }
    // And what operators see is not of persons, either.
    let history = json!(world.history(payment.id()));
    let (kept, said) = (history.to_string(), &history[2]["evidence"]);
    assert_eq!(said["aid"], world.payment(payment.id()).await.0["aid"]);
    assert_eq!(said["amount"]["total"], 2200);
    assert_eq!(said["partner_user_id"], "***");
    assert_eq!(said["card_info"]["bin"], "***");
    assert!(!kept.contains("member-1"), "{kept}");
}

#[tokio::test]
async fn events_come_in_pages_and_go_on_after_the_last_that_was_seen() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let all = world.events(payment.id()).await;
    let first = world.events_page(payment.id(), "?limit=1").await;
    assert_eq!(first["data"], json!([all[0]]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world
        .events_page(payment.id(), &format!("?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(second["data"], json!([all[1]]));
    assert_eq!(second["next_cursor"], Value::Null);
    let seen = format!("?cursor={}", all[0]["sequence"]);
    let rest = world.events_page(payment.id(), &seen).await;
    assert_eq!(rest["data"], json!([all[1]]));
    for wrong in ["limit=0", "limit=101", "cursor=x", "cursor=-1"] {
        let path = format!("/v1/payments/{}/events?{wrong}", payment.id());
        let answer = world.request(Method::GET, &path).send().await.unwrap();
        let (status, problem) = read(answer).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(problem["code"], "invalid_fields");
    }
}

#[tokio::test]
async fn of_what_is_pruned_the_rest_is_told() {
    let world = World::new().await;
    let payment = paid(&world).await;
    let part = json!({ "amount": { "total": 700 } });
    world.cancel(&payment, part).await;
    world.database.prune(payment.id());
    let page = world.events_page(payment.id(), "").await;
    assert_eq!(
        (&page["data"], &page["next_cursor"]),
        (&json!([]), &Value::Null)
    );

    world.sandbox.advance_clock(Duration::from_secs(1));
    world.cancel(&payment, json!({})).await;
    let told = last(&world, &payment).await;
    assert_eq!(told["type"], "payment.canceled");
    // What was canceled before is known from the payment itself.
    assert_eq!(told["payment"], world.payment(payment.id()).await.0);
    let cursor = format!("?cursor={}", told["sequence"]);
    let page = world.events_page(payment.id(), &cursor).await;
    assert_eq!(page["data"], json!([]));
}
