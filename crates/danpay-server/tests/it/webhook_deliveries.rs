//! What was sent by webhook, as a shop looks at it, and what it asks for once more.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Receiver, World};
use crate::webhooks::{gate, is_delivered, of, paid};

#[tokio::test]
async fn a_ping_arrives_at_once_and_counts_for_nothing() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let ping = async || {
        let path = format!("{}/ping", endpoint.path());
        let (status, pinged) = world.ask(Method::POST, &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{pinged}");
        pinged
    };
    let pinged = ping().await;
    assert_eq!(
        (&pinged["object"], &pinged["delivered"]),
        (&json!("webhook_ping"), &json!(true))
    );
    assert_eq!(pinged["attempt"]["status"], 204);
    let got = receiver.got().remove(0);
    assert_eq!(got.kind(), "webhook_endpoint.ping");
    assert!(got.is_signed_with(&endpoint.secret) && got.id.starts_with("evt_"));
    assert_eq!(got.body["data"], world.endpoint(&endpoint).await);
    assert_eq!(got.body["sequence"], 0);

    // Not even where it is gone; and one that is disabled can be tried.
    receiver.answers(|_| Answer::Status(410));
    assert_eq!(ping().await["delivered"], false);
    let shown = world.endpoint(&endpoint).await;
    assert_eq!(
        (&shown["enabled"], &shown["failing_since"]),
        (&json!(true), &json!(null))
    );
    world.patch(&endpoint, json!({ "enabled": false })).await;
    receiver.answers(|_| Answer::Status(200));
    assert_eq!(ping().await["delivered"], true);
    assert_eq!(world.deliveries("").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_delivery_is_shown_with_what_is_sent_and_sent_once_more_on_request() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let payment = world.create(json!({})).await;
    let listed = world.until_deliveries("", is_delivered).await.remove(0);
    let path = format!("/v1/webhook_deliveries/{}", listed["id"].as_str().unwrap());
    let (status, mut shown) = world.ask(Method::GET, &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    let request = shown["request"].take();
    assert_eq!(shown, listed);
    let got = receiver.got().remove(0);
    let raw = std::str::from_utf8(&got.raw).unwrap();
    assert_eq!(request, json!({ "url": receiver.url, "body": raw }));
    let event = world.events(payment.id()).await.remove(0);
    let expected = json!({
        "id": listed["id"], "object": "webhook_delivery", "endpoint_id": endpoint.id,
        "event_id": event["id"], "type": "payment.ready", "payment_id": payment.id(),
        "sequence": 1, "status": "delivered", "in_flight": false, "attempt_count": 1,
        "next_attempt_at": null, "created_at": event["created_at"],
        "attempts": [{
            "at": listed["attempts"][0]["at"],
            "duration_ms": listed["attempts"][0]["duration_ms"],
            "status": 204, "answer": null, "error": null, "resend": false,
        }], "request": null,
    });
    assert_eq!(listed, expected);
    assert!(listed["id"].as_str().unwrap().starts_with("dlv_"));

    let gate = gate();
    let held = Answer::Held(500, Arc::clone(&gate));
    receiver.answers(move |_| held.clone());
    let resend = format!("{path}/resend");
    let (status, resent) = world.ask(Method::POST, &resend, Value::Null).await;
    assert_eq!(
        (status, &resent["status"]),
        (StatusCode::ACCEPTED, &json!("delivered"))
    );
    assert_ne!(resent["next_attempt_at"], Value::Null);
    let again = receiver.until(2).await.remove(1);
    assert_eq!((&again.id, &again.raw), (&got.id, &got.raw));
    let (status, problem) = world.ask(Method::POST, &resend, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["code"], "webhook_in_flight");
    gate.add_permits(1);
    let ended = |one: &Value| one["attempts"].as_array().unwrap().len() == 2;
    let ended = world.until_deliveries("", ended).await.remove(0);
    assert_eq!(ended["status"], "delivered", "it has arrived before");
    assert_eq!(ended["attempt_count"], 1);
    assert_eq!(ended["attempts"][1]["status"], 500);
    assert_eq!(ended["attempts"][1]["resend"], true);
    assert_eq!(
        world.endpoint(&endpoint).await["failing_since"],
        Value::Null
    );
}

#[tokio::test]
async fn all_that_failed_in_a_time_is_sent_once_more() {
    let world = World::new().await;
    let receiver = Receiver::answering(|_| Answer::Status(500)).await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let first = world.create(json!({})).await;
    let second = world.create(json!({})).await;
    let tried = |one: &Value| one["attempt_count"] == 1;
    world.until_deliveries("", tried).await;
    world.database.fail_deliveries();
    receiver.answers(|_| Answer::Status(200));

    let path = format!("{}/resend_failed", endpoint.path());
    let resend = async |from: Timestamp, to: Timestamp| {
        let body = json!({ "from": from, "to": to });
        let (status, told) = world.ask(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        told["deliveries"].as_u64().unwrap()
    };
    let hour = SignedDuration::from_hours(1);
    let now = world.sandbox.clock()();
    assert_eq!(resend(now - hour * 2, now - hour).await, 0);
    let body = json!({ "from": now + hour, "to": now - hour });
    let (status, problem) = world.ask(Method::POST, &path, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "from");
    assert_eq!(resend(now - hour, now + hour).await, 2);
    let got = receiver.until(4).await;
    assert_eq!((of(&got, &first).len(), of(&got, &second).len()), (2, 2));
    let arrived = world.until_deliveries("", is_delivered).await;
    assert!(arrived.iter().all(|one| one["attempt_count"] == 1));
    assert_eq!(resend(now - hour, now + hour).await, 0);
}

#[tokio::test]
async fn deliveries_are_listed_by_what_is_asked_for_in_pages() {
    let world = World::new().await;
    let (first, second) = (Receiver::new().await, Receiver::new().await);
    let endpoint = world.add_endpoint(&first.url, json!({})).await;
    world.add_endpoint(&second.url, json!({})).await;
    let payment = paid(&world).await;
    world.create(json!({})).await;
    let all = world.until_deliveries("", is_delivered).await;
    assert_eq!(all.len(), 6);
    let count = async |query: String| world.deliveries(&query).await.len();
    assert_eq!(count(format!("&endpoint_id={}", endpoint.id)).await, 3);
    assert_eq!(count(format!("&payment_id={}", payment.id())).await, 4);
    let event = world.events(payment.id()).await.remove(1);
    let event_id = event["id"].as_str().unwrap();
    assert_eq!(count(format!("&event_id={event_id}")).await, 2);
    assert_eq!(count("&status=delivered".to_owned()).await, 6);
    assert_eq!(count("&status=failed".to_owned()).await, 0);

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/webhook_deliveries?limit=4{cursor}");
        let (_, page) = world.ask(Method::GET, &path, Value::Null).await;
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, all);
    let unknown = all[0]["id"].as_str().unwrap().replace("dlv_0", "dlv_1");
    let path = format!("/v1/webhook_deliveries/{unknown}");
    let (status, _) = world.ask(Method::GET, &path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_pruned_is_not_sent_and_what_had_arrived_stays_so() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    world.add_endpoint(&receiver.url, json!({})).await;
    let payment = world.create(json!({})).await;
    let listed = world.until_deliveries("", is_delivered).await.remove(0);
    world.database.prune(payment.id());
    let path = format!("/v1/webhook_deliveries/{}", listed["id"].as_str().unwrap());
    let (_, shown) = world.ask(Method::GET, &path, Value::Null).await;
    assert_eq!(shown, listed, "without what is sent");
    let resend = format!("{path}/resend");
    let (status, _) = world.ask(Method::POST, &resend, Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let ended = |one: &Value| one["attempts"].as_array().unwrap().len() == 2;
    let ended = world.until_deliveries("", ended).await.remove(0);
    assert_eq!(ended["status"], "delivered", "{ended}");
    assert_eq!(
        ended["attempts"][1]["error"],
        "what it tells of is not there any more"
    );
    assert_eq!(receiver.got().len(), 1);
}
