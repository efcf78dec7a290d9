//! What a shop's receiver gets: each event of its payments, signed, in order, until it is taken.

use std::sync::Arc;
use std::time::Duration;

use danpay_server::{Clock, SigningSecret};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Answer, Got, Payment, Receiver, World, log};

/// A payment that is paid.
pub(crate) async fn paid(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

fn kinds(got: &[Got]) -> Vec<&str> {
    got.iter().map(Got::kind).collect()
}

/// Of one payment.
pub(crate) fn of<'a>(got: &'a [Got], payment: &Payment) -> Vec<&'a Got> {
    got.iter()
        .filter(|one| one.payment() == payment.id())
        .collect()
}

pub(crate) fn is_delivered(delivery: &Value) -> bool {
    delivery["status"] == "delivered"
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// Holds what is asked for until there is a permit for it.
pub(crate) fn gate() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

#[tokio::test]
async fn what_happens_to_a_payment_arrives_in_order_signed_and_as_the_api_tells_it() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let payment = paid(&world).await;
    let part = json!({ "amount": { "total": 700 } });
    world.cancel(&payment, part).await;
    world.cancel(&payment, json!({})).await;

    let got = receiver.until(4).await;
    let told = world.events(payment.id()).await;
    assert_eq!(told.len(), 4);
    let now = Clock::system().now().as_second();
    for (got, told) in got.iter().zip(&told) {
        assert_eq!(got.id, told["id"].as_str().unwrap());
        assert_eq!(got.path, "/hooks");
        assert!((now - got.timestamp).abs() < 60, "{now} {got:?}");
        assert_eq!(got.signatures.len(), 1);
        assert!(got.is_signed_with(&endpoint.secret));
        let other = SigningSecret::derived(&"other".into());
        assert!(!got.is_signed_with(secrecy::ExposeSecret::expose_secret(&other)));
        let expected = json!({
            "type": told["type"], "timestamp": told["created_at"], "data": told["payment"],
            "sequence": told["sequence"], "corrected_from": null,
            "cancellation_id": told["cancellation_id"], "needs_review": false,
        });
        assert_eq!(got.body, expected);
    }
    let last = kinds(&got);
    assert_eq!(last[3], "payment.canceled");
    let shown = world.until_deliveries("", is_delivered).await;
    assert_eq!(shown.len(), 4);
    assert_eq!(
        world.endpoint(&endpoint).await["failing_since"],
        Value::Null
    );
}

#[tokio::test]
async fn each_endpoint_hears_what_it_asked_for() {
    let world = World::new().await;
    let (all, some) = (Receiver::new().await, Receiver::new().await);
    world.add_endpoint(&all.url, json!({})).await;
    let only = json!({ "events": ["payment.approved"] });
    world.add_endpoint(&some.url, only).await;
    paid(&world).await;
    paid(&world).await;
    all.until(4).await;
    let got = some.until(2).await;
    assert_eq!(kinds(&got), ["payment.approved", "payment.approved"]);
    assert_eq!(world.deliveries("").await.len(), 6);
}

#[tokio::test]
async fn what_is_refused_comes_again_and_what_happened_later_waits_for_it() {
    let world = World::new().await;
    let mut refusals = 1;
    let receiver = Receiver::answering(move |_| {
        refusals -= 1;
        Answer::Status(if refusals == 0 { 500 } else { 200 })
    })
    .await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let payment = paid(&world).await;
    receiver.until(1).await;
    // Another payment's do not wait.
    let other = world.create(json!({})).await;
    let got = receiver.until(2).await;
    let expected = [payment.id(), other.id()];
    assert_eq!([got[0].payment(), got[1].payment()], expected);
    let query = format!("&payment_id={}", payment.id());
    let refused = |one: &Value| one["sequence"] != 1 || one["attempt_count"] == 1;
    let waiting = world.until_deliveries(&query, refused).await;
    assert_eq!(waiting.len(), 2);
    let first = &waiting[1];
    let attempt = &first["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["answer"]),
        (&json!(500), &json!("그래"))
    );
    assert_eq!(
        (&attempt["error"], &attempt["resend"]),
        (&json!(null), &json!(false))
    );
    let wait = time(&first["next_attempt_at"]).duration_since(time(&attempt["at"]));
    assert!(wait >= SignedDuration::from_secs(5), "{first}");
    assert!(wait < SignedDuration::from_secs(7), "{first}");

    let got = receiver.until(4).await;
    let got = of(&got, &payment);
    let kinds: Vec<_> = got.iter().map(|one| one.kind()).collect();
    assert_eq!(
        kinds,
        ["payment.ready", "payment.ready", "payment.approved"]
    );
    assert_eq!(got[0].id, got[1].id);
    assert_eq!(got[0].raw, got[1].raw);
    assert!(got[1].at.duration_since(got[0].at) >= Duration::from_secs(5));
    assert!(got[1].timestamp >= got[0].timestamp + 4, "signed anew");
    assert!(got[1].is_signed_with(&endpoint.secret));
    let arrived = world.until_deliveries(&query, is_delivered).await;
    assert_eq!(arrived[1]["attempt_count"], 2);
    assert_eq!(arrived[1]["next_attempt_at"], Value::Null);
    assert_eq!(
        world.endpoint(&endpoint).await["failing_since"],
        Value::Null
    );
}

#[tokio::test]
async fn what_was_on_its_way_when_a_server_stopped_is_sent_by_the_next_one() {
    let mut world = World::new().await;
    let receiver = Receiver::answering(|_| Answer::Status(503)).await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let payment = paid(&world).await;
    receiver.until(1).await;
    world.stop().await;
    assert_eq!(receiver.got().len(), 1);
    receiver.answers(|_| Answer::Status(200));
    world.start().await;
    let got = receiver.until(3).await;
    assert_eq!(
        kinds(&got),
        ["payment.ready", "payment.ready", "payment.approved"]
    );
    assert!(got.iter().all(|one| one.is_signed_with(&endpoint.secret)));
    assert_eq!(of(&got, &payment).len(), 3);
    world.until_deliveries("", is_delivered).await;
}

#[tokio::test]
async fn a_server_that_stops_waits_for_what_is_under_way() {
    let mut world = World::new().await;
    let gate = gate();
    let held = Answer::Held(200, Arc::clone(&gate));
    let receiver = Receiver::answering(move |_| held.clone()).await;
    world.add_endpoint(&receiver.url, json!({})).await;
    world.create(json!({})).await;
    receiver.until(1).await;
    world.begin_to_stop();
    gate.add_permits(9);
    world.stopped().await;
    world.start().await;
    let told = world.deliveries("").await;
    assert!(is_delivered(&told[0]), "{told:?}");
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn a_slow_endpoint_holds_up_no_other_and_a_slow_payment_no_other() {
    let world = World::new().await;
    let gate = gate();
    let held = Answer::Held(200, Arc::clone(&gate));
    let mut first = None;
    let slow = Receiver::answering(move |got: &Got| {
        let first = first.get_or_insert_with(|| got.payment().to_owned());
        if got.payment() == first {
            held.clone()
        } else {
            Answer::Status(200)
        }
    })
    .await;
    let quick = Receiver::new().await;
    world.add_endpoint(&slow.url, json!({})).await;
    world.add_endpoint(&quick.url, json!({})).await;
    let payment = paid(&world).await;
    slow.until(1).await;
    let other = paid(&world).await;
    assert_eq!(quick.until(4).await.len(), 4);
    let got = slow.until(3).await;
    assert_eq!(of(&got, &payment).len(), 1, "{got:#?}");
    assert_eq!(of(&got, &other).len(), 2);
    gate.add_permits(9);
    let got = slow.until(4).await;
    let last = got.last().unwrap();
    assert_eq!(
        (last.payment(), last.kind()),
        (payment.id(), "payment.approved")
    );
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_disabled_and_the_others_are_told() {
    let world = World::new().await;
    let gone = Receiver::answering(|_| Answer::Status(410)).await;
    let other = Receiver::new().await;
    let endpoint = world.add_endpoint(&gone.url, json!({})).await;
    let told = json!({ "events": ["webhook_endpoint.disabled"] });
    let watching = world.add_endpoint(&other.url, told).await;
    let payment = world.create(json!({})).await;

    let got = other.until(1).await.remove(0);
    assert_eq!(got.kind(), "webhook_endpoint.disabled");
    assert!(got.is_signed_with(&watching.secret));
    let shown = world.endpoint(&endpoint).await;
    assert_eq!(got.body["data"], shown);
    assert_eq!(
        (&shown["enabled"], &shown["disabled_reason"]),
        (&json!(false), &json!("gone"))
    );
    let query = "&event_id=".to_owned() + &got.id;
    let about = world.until_deliveries(&query, is_delivered).await;
    assert_eq!(about[0]["payment_id"], Value::Null);
    let alert = format!("\"endpoint.id\":\"{}\"", endpoint.id);
    let logged = log();
    let mut alerts = logged.lines().filter(|line| line.contains(&alert));
    assert!(alerts.any(|line| line.contains("\"alert\":\"webhook_disabled\"")));

    // What happens now is missed, and comes when that is asked for.
    world.visit(&world.pay(&payment)).await.onward();
    let query = format!("&endpoint_id={}&status=missed", endpoint.id);
    let missed = world.deliveries(&query).await;
    assert_eq!(missed[0]["type"], "payment.approved");
    assert_eq!(missed[0]["next_attempt_at"], Value::Null);
    gone.answers(|_| Answer::Status(200));
    // Enabling brings what was refused; the missed is another matter.
    let change = json!({ "enabled": true, "send_missed": true });
    let enabled = world.patch(&endpoint, change).await;
    assert_eq!(enabled["enabled"], true);
    assert_eq!(enabled["failing_since"], Value::Null);
    let got = gone.until(3).await;
    let expected = ["payment.ready", "payment.ready", "payment.approved"];
    assert_eq!(kinds(&got), expected);
    let query = format!("&payment_id={}", payment.id());
    world.until_deliveries(&query, is_delivered).await;
}

#[tokio::test]
async fn what_was_missed_is_sent_only_if_that_is_asked_for() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    world.patch(&endpoint, json!({ "enabled": false })).await;
    let missed = paid(&world).await;
    let alone = json!({ "send_missed": true });
    let (status, problem) = world.ask(Method::PATCH, &endpoint.path(), alone).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "send_missed");
    world.patch(&endpoint, json!({ "enabled": true })).await;
    let heard = world.create(json!({})).await;
    let got = receiver.until(1).await;
    assert_eq!(got[0].payment(), heard.id());
    assert_eq!(world.deliveries("&status=missed").await.len(), 2);
    let change = json!({ "enabled": true, "send_missed": true });
    world.patch(&endpoint, change).await;
    let got = receiver.until(3).await;
    let got = of(&got, &missed);
    let kinds: Vec<_> = got.iter().map(|one| one.kind()).collect();
    assert_eq!(kinds, ["payment.ready", "payment.approved"]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_another_and_is_not_followed() {
    let world = World::new().await;
    let elsewhere = Receiver::new().await;
    let location = elsewhere.url.clone();
    let moved = Receiver::answering(move |_| Answer::With(307, "location", location.clone())).await;
    let endpoint = world.add_endpoint(&moved.url, json!({})).await;
    world.create(json!({})).await;
    let tried = |one: &Value| one["attempt_count"] == 1;
    let told = world.until_deliveries("", tried).await;
    assert_eq!(told[0]["attempts"][0]["status"], 307);
    assert_eq!(told[0]["status"], "pending");
    let ping = format!("{}/ping", endpoint.path());
    let (_, pinged) = world.ask(Method::POST, &ping, Value::Null).await;
    assert_eq!(pinged["delivered"], false);
    assert_eq!(pinged["attempt"]["status"], 307);
    assert!(elsewhere.got().is_empty());
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_left_alone() {
    let world = World::new().await;
    let busy = |_: &Got| Answer::With(429, "retry-after", "7200".to_owned());
    let receiver = Receiver::answering(busy).await;
    world.add_endpoint(&receiver.url, json!({})).await;
    world.create(json!({})).await;
    let tried = |one: &Value| one["attempt_count"] == 1;
    let told = world.until_deliveries("", tried).await.remove(0);
    let wait = time(&told["next_attempt_at"]).duration_since(time(&told["attempts"][0]["at"]));
    assert!(wait >= SignedDuration::from_hours(2), "{told}");
    assert!(wait < SignedDuration::from_hours(3), "{told}");
}

#[tokio::test]
async fn who_cannot_be_reached_is_tried_again_and_that_is_told() {
    let world = World::new().await;
    // Nobody listens there any more.
    let url = Receiver::new().await.url.clone();
    let endpoint = world.add_endpoint(&url, json!({})).await;
    world.create(json!({})).await;
    let tried = |one: &Value| one["attempt_count"] == 1;
    let told = world.until_deliveries("", tried).await.remove(0);
    assert_eq!(told["status"], "pending");
    let attempt = &told["attempts"][0];
    assert_eq!(attempt["status"], Value::Null);
    let error = attempt["error"].as_str().unwrap();
    assert!(!error.is_empty() && !error.contains(&url), "{error}");
    // Each attempt fails, so it stays.
    let shown = world.endpoint(&endpoint).await;
    assert!(shown["failing_since"].is_string(), "{shown}");
    assert_eq!(shown["enabled"], true);
    let ping = format!("{}/ping", endpoint.path());
    let (status, pinged) = world.ask(Method::POST, &ping, Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(pinged["delivered"], false);
    assert_eq!(pinged["attempt"]["error"], error, "{pinged}");
}
