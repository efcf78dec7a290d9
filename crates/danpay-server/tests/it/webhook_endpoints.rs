//! Where a shop wants to be told: endpoints, by the API.

use danpay_server::{Admin, Clock, Create};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::shops::Shops;
use crate::support::{Receiver, World, log};

const ENDPOINTS: &str = "/v1/webhook_endpoints";
const URL: &str = "http://127.0.0.1:9/hooks";

/// A request for an endpoint: status, whether it was the same again, and what was answered.
async fn ask_for(world: &World, body: Value) -> (StatusCode, bool, Value) {
    let request = world.request(Method::POST, ENDPOINTS).json(&body);
    let response = request.send().await.unwrap();
    let replayed = response.headers().contains_key("idempotent-replayed");
    let (status, body) = crate::support::read(response).await;
    (status, replayed, body)
}

#[tokio::test]
async fn an_endpoint_is_made_and_its_secret_is_shown_once_and_kept_sealed() {
    let world = World::new().await;
    let asked = json!({
        "url": URL, "events": ["payment.approved", "payment.approved", "payment.canceled"],
        "description": "주문 서버",
    });
    let (status, replayed, mut made) = ask_for(&world, asked).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false), "{made}");
    let secret = made["secret"].take();
    let secret = secret.as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let created_at: Timestamp = made["created_at"].as_str().unwrap().parse().unwrap();
    assert!(Clock::system().now().duration_since(created_at).abs() < SignedDuration::from_mins(1));
    let expected = json!({
        "id": made["id"], "object": "webhook_endpoint", "url": URL, "description": "주문 서버",
        "events": ["payment.approved", "payment.canceled"], "enabled": true,
        "disabled_at": null, "disabled_reason": null, "failing_since": null,
        "old_secret_until": null, "created_at": made["created_at"], "secret": null,
    });
    assert_eq!(made, expected);

    let path = format!("{ENDPOINTS}/{}", made["id"].as_str().unwrap());
    let (status, shown) = world.ask(Method::GET, &path, Value::Null).await;
    assert_eq!((status, shown), (StatusCode::OK, made.clone()));
    let url = "http://127.0.0.1:9/others";
    let all = world
        .add_endpoint(url, json!({ "events": ["payment.quit", "*"] }))
        .await;
    assert_eq!(world.endpoint(&all).await["events"], Value::Null);
    let (_, list) = world.ask(Method::GET, ENDPOINTS, Value::Null).await;
    let ids = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"]);
    assert_eq!(ids.collect::<Vec<_>>(), [&made["id"], &json!(all.id)]);
    assert_eq!(list["data"][0], made);

    let base64 = secret.strip_prefix("whsec_").unwrap().as_bytes();
    let stored = world.database.bytes();
    assert!(stored.windows(9).any(|window| window == b"127.0.0.1"));
    assert!(!stored.windows(base64.len()).any(|window| window == base64));
    assert!(!log().contains(secret));
}

#[tokio::test]
async fn the_same_request_again_is_the_same_endpoint_with_the_same_secret() {
    let world = World::new().await;
    let asked = || json!({ "url": URL, "events": ["payment.ready"] });
    let (_, _, made) = ask_for(&world, asked()).await;
    let (status, replayed, again) = ask_for(&world, asked()).await;
    assert_eq!((status, replayed), (StatusCode::OK, true));
    assert_eq!(again, made);
    for other in [
        json!({ "url": URL }),
        json!({ "url": URL, "events": ["payment.ready"], "description": "other" }),
        json!({ "url": URL, "events": ["payment.quit"] }),
    ] {
        let (status, _, problem) = ask_for(&world, other).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(problem["code"], "webhook_endpoint_exists");
        assert_eq!(problem["endpoint_id"], made["id"]);
        assert_eq!(problem["secret"], Value::Null);
    }
    // Once it has been changed, nobody is shown its secret.
    let path = format!("{ENDPOINTS}/{}", made["id"].as_str().unwrap());
    let change = json!({ "description": "주문" });
    world.ask(Method::PATCH, &path, change).await;
    world
        .ask(Method::PATCH, &path, json!({ "description": "" }))
        .await;
    let (status, _, problem) = ask_for(&world, asked()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
}

#[tokio::test]
async fn many_requests_at_once_for_one_address_make_one_endpoint() {
    let world = World::new().await;
    let ask = || ask_for(&world, json!({ "url": URL }));
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let made = [a, b, c, d].map(|(status, _, endpoint)| (status, endpoint));
    assert!(
        made.iter().all(|(status, _)| status.is_success()),
        "{made:?}"
    );
    let created = made
        .iter()
        .filter(|(status, _)| *status == StatusCode::CREATED);
    assert_eq!(created.count(), 1);
    assert!(made.iter().all(|(_, endpoint)| *endpoint == made[0].1));
}

#[tokio::test]
async fn a_shop_has_sixteen_endpoints_and_no_more() {
    let world = World::new().await;
    let mut endpoints = Vec::new();
    for n in 0..16 {
        endpoints.push(world.add_endpoint(&format!("{URL}/{n}"), json!({})).await);
    }
    let (status, _, problem) = ask_for(&world, json!({ "url": URL })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "webhook_endpoints_full", "{problem}");
    // The same again is still the same.
    let (status, _, again) = ask_for(&world, json!({ "url": format!("{URL}/15") })).await;
    assert_eq!(
        (status, &again["id"]),
        (StatusCode::OK, &json!(endpoints[15].id))
    );
    let (status, _) = world
        .ask(Method::DELETE, &endpoints[0].path(), Value::Null)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    world.add_endpoint(URL, json!({})).await;
}

#[tokio::test]
async fn what_cannot_be_taken_of_an_endpoint_is_named() {
    let world = World::new().await;
    let long = format!("{URL}/{}", "x".repeat(1_000));
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": 1 }), "url"),
        (json!({ "url": "shop.example/hooks" }), "url"),
        (json!({ "url": "ftp://shop.example/hooks" }), "url"),
        (json!({ "url": "http://10.0.0.1/hooks" }), "url"),
        (json!({ "url": "http://169.254.169.254/latest" }), "url"),
        (json!({ "url": "http://u:p@127.0.0.1/hooks" }), "url"),
        (json!({ "url": "http://127.0.0.1/hooks#a" }), "url"),
        (json!({ "url": long }), "url"),
        (json!({ "url": URL, "events": "payment.ready" }), "events"),
        (json!({ "url": URL, "events": [] }), "events"),
        (
            json!({ "url": URL, "events": ["payment.redy"] }),
            "events[0]",
        ),
        (json!({ "url": URL, "events": ["*", 1] }), "events[1]"),
        (json!({ "url": URL, "description": "a\nb" }), "description"),
        (
            json!({ "url": URL, "description": "가".repeat(201) }),
            "description",
        ),
        (json!({ "url": URL, "enabled": true }), "enabled"),
    ] {
        let (status, _, problem) = ask_for(&world, body.clone()).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
        let told = problem["errors"][0].to_string();
        assert!(!told.contains("u:p@"), "{told}");
    }
    let (_, list) = world.ask(Method::GET, ENDPOINTS, Value::Null).await;
    assert_eq!(list["data"], json!([]));

    let endpoint = world.add_endpoint(URL, json!({})).await;
    for (body, field) in [
        (json!({ "url": "http://10.0.0.1/" }), "url"),
        (json!({ "events": ["payment.redy"] }), "events[0]"),
        (json!({ "description": "가".repeat(201) }), "description"),
        (json!({ "enabled": "yes" }), "enabled"),
        (json!({ "send_missed": 1 }), "send_missed"),
        (json!({ "secret": "whsec_" }), "secret"),
    ] {
        let (status, problem) = world
            .ask(Method::PATCH, &endpoint.path(), body.clone())
            .await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    let rotate = format!("{}/rotate_secret", endpoint.path());
    let resend = format!("{}/resend_failed", endpoint.path());
    for (path, body, field) in [
        (&rotate, json!({ "overlap_hours": -1 }), "overlap_hours"),
        (&rotate, json!({ "overlap_hours": 169 }), "overlap_hours"),
        (&rotate, json!({ "overlap_hours": "1" }), "overlap_hours"),
        (&rotate, json!({}), "overlap_hours"),
        (&resend, json!({ "from": "2026-11-01" }), "to"),
        (
            &resend,
            json!({ "from": "yesterday", "to": "2026-11-01" }),
            "from",
        ),
        (&resend, json!({ "from": "2026-11-01", "to": 1 }), "to"),
    ] {
        let (status, problem) = world.ask(Method::POST, path, body.clone()).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    for (query, field) in [
        ("endpoint_id=pay_1", "endpoint_id"),
        ("payment_id=1", "payment_id"),
        ("event_id=x", "event_id"),
        ("status=sent", "status"),
        ("limit=0", "limit"),
        ("cursor=1", "cursor"),
    ] {
        let path = format!("/v1/webhook_deliveries?{query}");
        let (status, problem) = world.ask(Method::GET, &path, Value::Null).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], field, "{query}: {problem}");
    }
    assert_eq!(world.endpoint(&endpoint).await["url"], URL);
}

#[tokio::test]
async fn an_endpoint_is_changed_by_what_is_named_and_by_nothing_else() {
    let world = World::new().await;
    let first = world
        .add_endpoint(URL, json!({ "description": "첫째" }))
        .await;
    let other = "http://127.0.0.1:9/others";
    world.add_endpoint(other, json!({})).await;
    let before = world.endpoint(&first).await;
    let change = json!({ "events": ["payment.quit"] });
    let changed = world.patch(&first, change).await;
    let mut expected = before.clone();
    expected["events"] = json!(["payment.quit"]);
    assert_eq!(changed, expected);
    assert_eq!(world.endpoint(&first).await, expected);
    let moved = "http://127.0.0.1:9/moved";
    let change = json!({ "url": moved, "events": ["*"], "description": "" });
    let changed = world.patch(&first, change).await;
    assert_eq!(changed["url"], moved);
    assert_eq!(changed["events"], Value::Null);
    assert_eq!(changed["description"], "");

    let path = first.path();
    let taken = world.ask(Method::PATCH, &path, json!({ "url": other }));
    let (status, problem) = taken.await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "webhook_endpoint_exists", "{problem}");
    let disabled = world.patch(&first, json!({ "enabled": false })).await;
    assert_eq!(disabled["enabled"], false);
    assert_eq!(disabled["disabled_reason"], "by_hand");
    let again = world.patch(&first, json!({ "enabled": false })).await;
    assert_eq!(again, disabled, "since when stays");
    let enabled = world.patch(&first, json!({ "enabled": true })).await;
    assert_eq!(enabled["disabled_at"], Value::Null);
    assert_eq!(enabled["disabled_reason"], Value::Null);
}

#[tokio::test]
async fn what_is_removed_is_there_for_nobody() {
    let world = World::new().await;
    let endpoint = world.add_endpoint(URL, json!({})).await;
    let payment = world.create(json!({})).await;
    let path = endpoint.path();
    let remove = async || world.ask(Method::DELETE, &path, Value::Null).await.0;
    assert_eq!(remove().await, StatusCode::NO_CONTENT);
    assert_eq!(remove().await, StatusCode::NOT_FOUND);
    for (method, step, body) in [
        (Method::GET, "", Value::Null),
        (Method::PATCH, "", json!({ "enabled": true })),
        (Method::POST, "/ping", Value::Null),
        (
            Method::POST,
            "/rotate_secret",
            json!({ "overlap_hours": 1 }),
        ),
        (
            Method::POST,
            "/resend_failed",
            json!({ "from": "2026-11-01", "to": "2026-11-02" }),
        ),
    ] {
        let path = format!("{}{step}", endpoint.path());
        let (status, problem) = world.ask(method, &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
    }
    // What was on its way is shown still, and is not sent once more to nowhere.
    let told = world.deliveries("").await;
    let [delivery] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(delivery["payment_id"], payment.id());
    let path = format!(
        "/v1/webhook_deliveries/{}/resend",
        delivery["id"].as_str().unwrap()
    );
    let (status, problem) = world.ask(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    // The address is free again, with another secret.
    let anew = world.add_endpoint(URL, json!({})).await;
    assert_ne!((anew.id, anew.secret), (endpoint.id, endpoint.secret));
}

#[tokio::test]
async fn a_secret_is_rotated_once_by_a_request_that_comes_twice() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let path = format!("{}/rotate_secret", endpoint.path());
    let rotate = async |hours: i64| {
        let body = json!({ "overlap_hours": hours });
        let (status, rotated) = world.ask(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::OK, "{rotated}");
        rotated
    };
    let ping = async || {
        let path = format!("{}/ping", endpoint.path());
        world.ask(Method::POST, &path, Value::Null).await;
        receiver.got().pop().unwrap()
    };
    assert_eq!(ping().await.signatures.len(), 1);

    let rotated = rotate(168).await;
    let secret = rotated["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_") && secret != endpoint.secret);
    let until: Timestamp = rotated["old_secret_until"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let overlap = until.duration_since(Clock::system().now());
    let week = SignedDuration::from_hours(7 * 24);
    assert!(overlap <= week && overlap > week - SignedDuration::from_mins(1));
    let got = ping().await;
    assert_eq!(got.signatures.len(), 2);
    assert!(got.is_signed_with(&secret) && got.is_signed_with(&endpoint.secret));

    let again = rotate(168).await;
    assert_eq!(again, rotated);
    let shown = world.endpoint(&endpoint).await;
    assert_eq!(shown["old_secret_until"], rotated["old_secret_until"]);
    assert_eq!(shown["secret"], Value::Null);
    // The same rotation, but the old secret is to end now.
    let ended = rotate(0).await;
    assert_eq!(ended["secret"], secret);
    assert_eq!(ended["old_secret_until"], Value::Null);
    let got = ping().await;
    assert_eq!(got.signatures.len(), 1);
    assert!(got.is_signed_with(&secret));
}

#[tokio::test]
async fn no_shop_sees_or_touches_the_endpoints_of_another() {
    let shops = Shops::new().await;
    let world = &shops.world;
    let receiver = Receiver::new().await;
    let ours = world.add_endpoint(&receiver.url, json!({})).await;
    world.create(json!({})).await;
    receiver.until(1).await;
    let arrived = |delivery: &Value| delivery["status"] == "delivered";
    let told = world.until_deliveries("", arrived).await;
    let delivery = format!("/v1/webhook_deliveries/{}", told[0]["id"].as_str().unwrap());
    let before = world.endpoint(&ours).await;
    let theirs = async |method: Method, path: &str, body: Value| {
        shops.ask(method, path, &shops.second_key, body).await
    };
    let endpoint = ours.path();
    for (method, path, body) in [
        (Method::GET, endpoint.clone(), Value::Null),
        (Method::PATCH, endpoint.clone(), json!({ "enabled": false })),
        (Method::DELETE, endpoint.clone(), Value::Null),
        (Method::POST, format!("{endpoint}/ping"), Value::Null),
        (
            Method::POST,
            format!("{endpoint}/rotate_secret"),
            json!({ "overlap_hours": 1 }),
        ),
        (
            Method::POST,
            format!("{endpoint}/resend_failed"),
            json!({ "from": "2026-11-01", "to": "2026-11-02" }),
        ),
        (Method::GET, delivery.clone(), Value::Null),
        (Method::POST, format!("{delivery}/resend"), Value::Null),
    ] {
        let (status, problem) = theirs(method.clone(), &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {problem}");
        assert!(!problem.to_string().contains(&receiver.url), "{problem}");
    }
    for path in [ENDPOINTS, "/v1/webhook_deliveries"] {
        let (_, list) = theirs(Method::GET, path, Value::Null).await;
        assert_eq!(list["data"], json!([]), "{path}");
    }
    assert_eq!(world.endpoint(&ours).await, before);
    // The same address is another endpoint there, and each hears of its own payments.
    let body = json!({ "url": receiver.url });
    let (status, made) = theirs(Method::POST, ENDPOINTS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let payment = shops.create("order-1").await;
    let got = receiver.until(2).await.pop().unwrap();
    assert_eq!(got.payment(), payment.id());
    assert!(got.is_signed_with(made["secret"].as_str().unwrap()));
    assert!(!got.is_signed_with(&ours.secret));
}

#[tokio::test]
async fn secrets_are_sealed_anew_and_sign_without_the_old_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master-key");
    let write = |digits: &[&str]| {
        let lines = digits
            .iter()
            .map(|digit| format!("danpay-master-key-1:{}\n", digit.repeat(64)));
        std::fs::write(&file, lines.collect::<String>()).unwrap();
    };
    write(&["a"]);
    let mut world = World::with(|config| config.master_key_file = Some(file.clone())).await;
    let receiver = Receiver::new().await;
    let endpoint = world.add_endpoint(&receiver.url, json!({})).await;
    let path = format!("{}/rotate_secret", endpoint.path());
    let body = json!({ "overlap_hours": 24 });
    let (_, rotated) = world.ask(Method::POST, &path, body).await;

    write(&["b", "a"]);
    let clock = Clock::from_fn(world.sandbox.clock());
    let admin = Admin::open(&world.config, clock, Create::No).await.unwrap();
    assert_eq!(admin.rotate_secrets().await.unwrap(), 1);
    assert_eq!(admin.rotate_secrets().await.unwrap(), 0);
    drop(admin);
    write(&["b"]);
    world.stop().await;
    world.start().await;
    world.create(json!({})).await;
    let got = receiver.until(1).await.remove(0);
    assert!(got.is_signed_with(rotated["secret"].as_str().unwrap()));
    assert!(got.is_signed_with(&endpoint.secret));
}
