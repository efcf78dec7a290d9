//! What takes webhooks minutes and days, on a clock that is moved.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Got, PATIENCE, Payment, Receiver, World, log};

async fn paid(world: &World) -> Payment {
    let payment = world.create(json!({})).await;
    world.visit(&world.pay(&payment)).await.onward();
    world.payment(payment.id()).await
}

fn refuses_all(_: &Got) -> Answer {
    Answer::Status(500)
}

/// Moves the clock to the next attempt of whatever is on its way, until all deliveries of the query are so;
/// what they are then.
async fn wait_for(world: &World, query: &str, are: impl Fn(&Value) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE * 2;
    loop {
        let deliveries = world.deliveries(query).await;
        if !deliveries.is_empty() && deliveries.iter().all(&are) {
            return deliveries;
        }
        assert!(Instant::now() < deadline, "not so: {deliveries:#?}");
        // Nobody's clock is moved under a call.
        let is_calling = deliveries.iter().any(|one| one["in_flight"] == true);
        let next = deliveries
            .iter()
            .filter_map(|one| one["next_attempt_at"].as_str());
        let next = next.map(time).min().filter(|_| !is_calling);
        let wait = next.map(|next| next.duration_since(world.sandbox.clock()()));
        if let Some(wait) = wait.filter(SignedDuration::is_positive) {
            let wait = Duration::try_from(wait).unwrap();
            world.sandbox.advance_clock(wait + Duration::from_millis(1));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn status(is: &str) -> impl Fn(&Value) -> bool {
    move |one| one["status"] == is
}

#[tokio::test]
async fn what_happened_later_waits_five_minutes_and_no_longer() {
    let world = World::new().await;
    let receiver = Receiver::answering(|got| {
        Answer::Status(if got.kind() == "payment.ready" {
            500
        } else {
            200
        })
    })
    .await;
    world.add_endpoint(&receiver.url, json!({})).await;
    let payment = paid(&world).await;
    let later_ones_arrived = |one: &Value| one["sequence"] == 1 || one["status"] == "delivered";
    let query = format!("&payment_id={}", payment.id());
    let told = wait_for(&world, &query, later_ones_arrived).await;
    let (approved, ready) = (&told[0], &told[1]);
    let at = |delivery: &Value| time(delivery["attempts"][0]["at"].as_str().unwrap());
    let waited = at(approved).duration_since(at(ready));
    assert!(waited >= SignedDuration::from_mins(5), "{waited}");
    assert!(waited < SignedDuration::from_mins(6), "{waited}");
    assert_eq!(ready["status"], "pending");
    assert_eq!(approved["attempt_count"], 1);
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_ten_times_and_given_up_after_five_days() {
    let world = World::new().await;
    let broken = Receiver::answering(refuses_all).await;
    let endpoint = world.add_endpoint(&broken.url, json!({})).await;
    let payment = paid(&world).await;
    let query = format!("&endpoint_id={}", endpoint.id);
    let failed = wait_for(&world, &query, status("failed")).await;
    assert_eq!(failed.len(), 2);
    for delivery in &failed {
        assert_eq!(delivery["payment_id"], payment.id());
        assert_eq!(delivery["attempt_count"], 10);
        assert_eq!(delivery["next_attempt_at"], Value::Null);
        let attempts = delivery["attempts"].as_array().unwrap();
        let at: Vec<_> = attempts
            .iter()
            .map(|attempt| time(attempt["at"].as_str().unwrap()))
            .collect();
        let seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (pair, wait) in at.windows(2).zip(seconds) {
            let waited = pair[1].duration_since(pair[0]).as_secs();
            assert!(waited >= wait, "{waited} {wait}");
            // A tenth of jitter, and what the machine takes.
            assert!(waited <= wait + wait / 10 + 120, "{waited} {wait}");
        }
    }
    assert_eq!(broken.got().len(), 20);
    assert_eq!(world.endpoint(&endpoint).await["enabled"], true);

    // The fifth day is over, and again something does not arrive. It is refused at its first attempt.
    let watching = Receiver::new().await;
    let told = json!({ "events": ["webhook_endpoint.disabled"] });
    world.add_endpoint(&watching.url, told).await;
    world.sandbox.advance_clock(Duration::from_hours(2 * 24));
    world.create(json!({})).await;
    let got = watching.until(1).await.remove(0);
    assert_eq!(got.body["data"]["id"], endpoint.id);
    let shown = world.endpoint(&endpoint).await;
    assert_eq!(shown["enabled"], false);
    assert_eq!(shown["disabled_reason"], "failing");
    let alert = format!("\"endpoint.id\":\"{}\"", endpoint.id);
    let logged = log();
    let mut alerts = logged.lines().filter(|line| line.contains(&alert));
    assert!(alerts.any(|line| line.contains("\"alert\":\"webhook_disabled\"")));
    assert_eq!(broken.got().len(), 21);
}

#[tokio::test]
async fn what_is_sent_once_more_does_not_disable_an_endpoint_however_long_it_fails() {
    let world = World::new().await;
    let receiver = Receiver::answering(refuses_all).await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    world.create(json!({})).await;
    let tried = |one: &Value| one["attempt_count"] == 1;
    let told = world.until_deliveries("", tried).await.remove(0);
    // Of what has failed for good, six days later.
    world.database.fail_deliveries();
    world.sandbox.advance_clock(Duration::from_hours(6 * 24));
    receiver.answers(|_| Answer::Status(410));
    // What happens to the payment meanwhile is another matter.
    let change = json!({ "events": ["payment.quit"] });
    world.patch(&endpoint, change).await;
    let path = format!(
        "/v1/webhook_deliveries/{}/resend",
        told["id"].as_str().unwrap()
    );
    let (status, resent) = world.ask(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{resent}");
    let query = format!("&event_id={}", told["event_id"].as_str().unwrap());
    let resent = |one: &Value| one["attempts"].as_array().unwrap().len() == 2;
    let resent = world.until_deliveries(&query, resent).await.remove(0);
    assert_eq!(resent["status"], "failed");
    assert_eq!(resent["attempts"][1]["status"], 410);
    assert_eq!(world.endpoint(&endpoint).await["enabled"], true);
}

#[tokio::test]
async fn a_secret_is_rotated_anew_after_ten_minutes_and_the_old_one_ends_by_itself() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let body = json!({ "events": ["payment.quit"] });
    let endpoint = world.add_endpoint(&receiver.url, body.clone()).await;
    let rotate = async || {
        let path = format!("{}/rotate_secret", endpoint.path());
        let body = json!({ "overlap_hours": 1 });
        let (status, rotated) = world.ask(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::OK, "{rotated}");
        rotated["secret"].as_str().unwrap().to_owned()
    };
    let ping = async || {
        let path = format!("{}/ping", endpoint.path());
        world.ask(Method::POST, &path, Value::Null).await;
        receiver.got().pop().unwrap()
    };
    let minutes = |minutes| world.sandbox.advance_clock(Duration::from_mins(minutes));
    let second = rotate().await;
    minutes(9);
    assert_eq!(rotate().await, second);
    minutes(2);
    let third = rotate().await;
    assert_ne!(third, second);
    // It signs with these two, and the first one has ended.
    let got = ping().await;
    assert_eq!(got.signatures.len(), 2);
    assert!(got.is_signed_with(&third) && got.is_signed_with(&second));
    minutes(61);
    let got = ping().await;
    assert_eq!(got.signatures.len(), 1);
    assert!(got.is_signed_with(&third));

    // Nor does the request that made an endpoint show a secret for longer.
    let url = format!("{}/other", receiver.url);
    let other = world.add_endpoint(&url, body.clone()).await;
    let again = async || {
        let mut body = body.clone();
        body["url"] = json!(url);
        world.ask(Method::POST, "/v1/webhook_endpoints", body).await
    };
    minutes(9);
    assert_eq!(again().await.1["secret"], other.secret);
    minutes(2);
    let (status, problem) = again().await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "webhook_endpoint_exists", "{problem}");
}

#[tokio::test]
async fn deliveries_are_kept_for_ninety_days() {
    let mut world = World::new().await;
    let receiver = Receiver::new().await;
    world.add_endpoint(&receiver.url, json!({})).await;
    paid(&world).await;
    world.until_deliveries("", status("delivered")).await;
    let day = Duration::from_hours(24);
    world.sandbox.advance_clock(day * 89);
    // What is too old is looked for at the start.
    world.stop().await;
    world.start().await;
    let later = world.create(json!({})).await;
    receiver.until(3).await;
    assert_eq!(world.deliveries("").await.len(), 3);
    world.sandbox.advance_clock(day * 2);
    world.stop().await;
    world.start().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = world.deliveries("").await;
        if left.iter().all(|one| one["payment_id"] == later.id()) {
            break;
        }
        assert!(Instant::now() < deadline, "{left:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
