//! `danpay webhooks`: what an operator does about receivers, while a server serves.

#![expect(clippy::unwrap_used, reason = "tests say what they expect")]

use std::process::Output;

use kakaopay_sandbox::Sandbox;
use serde_json::Value;

use crate::listen;
use crate::served::Served;

async fn served() -> (Sandbox, Served) {
    let sandbox = Sandbox::builder().seed(21).start().await.unwrap();
    let mut danpay = Served::new(&sandbox);
    danpay.set("DANPAY_WEBHOOK_NETWORKS", "127.0.0.0/8");
    danpay.start().await;
    (sandbox, danpay)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn works(danpay: &Served, words: &[&str]) -> String {
    let words = [&["webhooks"], words].concat();
    let Output {
        status,
        stdout,
        stderr,
    } = danpay.command(&words);
    assert!(status.success(), "{words:?}: {}", text(&stderr));
    text(&stdout)
}

/// What it says about what it could not do.
fn fails(danpay: &Served, words: &[&str], code: i32) -> String {
    let words = [&["webhooks"], words].concat();
    let output = danpay.command(&words);
    assert_eq!(output.status.code(), Some(code), "{words:?}");
    text(&output.stderr)
}

/// The only one.
fn listed(danpay: &Served) -> Value {
    serde_json::from_str(&works(danpay, &["list", "--json"])).unwrap()
}

/// An address where nobody listens.
fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/hooks", free.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_added_with_its_secret_and_gets_what_happens() {
    let (_sandbox, danpay) = served().await;
    let (url, mut hook) = listen::hook().await;
    let secret = works(&danpay, &["add", &url, "--description", "주문 서버"]);
    assert!(secret.starts_with("whsec_"), "{secret}");
    listen::signed_with(secret.trim());
    let endpoint = listed(&danpay);
    assert_eq!(endpoint["url"], url);
    assert_eq!(endpoint["description"], "주문 서버");
    assert_eq!(endpoint["events"], Value::Null);
    assert_eq!(endpoint["enabled"], true);
    assert!(!endpoint.to_string().contains(secret.trim()));
    let table = works(&danpay, &["list"]);
    let id = endpoint["id"].as_str().unwrap();
    assert!(table.contains(id) && table.contains("enabled"), "{table}");

    let payment = danpay.create("order-1").await;
    let (_, body) = listen::received(&mut hook).await;
    assert_eq!(body["type"], "payment.ready");
    assert_eq!(body["data"]["id"], payment["id"]);
    let arrived = |danpay: &Served| works(danpay, &["deliveries"]).contains("delivered");
    danpay.until("delivered", arrived).await;
    let sent: Value = serde_json::from_str(&works(&danpay, &["deliveries", id, "--json"])).unwrap();
    assert_eq!(sent["payment_id"], payment["id"]);
    assert_eq!(sent["status"], "delivered");
    assert_eq!(sent["next_attempt_at"], Value::Null);

    works(&danpay, &["ping", id]);
    let (_, ping) = listen::received(&mut hook).await;
    assert_eq!(ping["type"], "webhook_endpoint.ping");
    works(&danpay, &["resend", sent["id"].as_str().unwrap()]);
    let (_, again) = listen::received(&mut hook).await;
    assert_eq!(again, body);
    let rotated = works(&danpay, &["rotate-secret", id, "--overlap-hours", "0"]);
    assert!(rotated.starts_with("whsec_") && rotated != secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_endpoint_misses_what_happens_and_gets_it_when_that_is_wished() {
    let (_sandbox, danpay) = served().await;
    let (url, mut hook) = listen::hook().await;
    let made = works(
        &danpay,
        &["add", &url, "--events", "payment.ready", "--json"],
    );
    let made: Value = serde_json::from_str(&made).unwrap();
    listen::signed_with(made["secret"].as_str().unwrap());
    let id = made["id"].as_str().unwrap();
    works(&danpay, &["disable", id]);
    let endpoint = listed(&danpay);
    assert_eq!(endpoint["enabled"], false);
    assert_eq!(endpoint["disabled_reason"], "by_hand");
    assert_eq!(endpoint["events"][0], "payment.ready");
    let payment = danpay.create("order-1").await;
    assert!(works(&danpay, &["deliveries"]).contains("missed"));
    works(&danpay, &["enable", id, "--send-missed"]);
    let (_, body) = listen::received(&mut hook).await;
    assert_eq!(body["data"]["id"], payment["id"]);

    works(
        &danpay,
        &["update", id, "--events", "*", "--description", "둘째"],
    );
    let endpoint = listed(&danpay);
    assert_eq!(endpoint["events"], Value::Null);
    assert_eq!(endpoint["description"], "둘째");
    works(&danpay, &["remove", id]);
    assert_eq!(works(&danpay, &["list", "--json"]), "");
    assert!(fails(&danpay, &["remove", id], 1).contains("no such"));
}

#[tokio::test]
async fn a_ping_that_does_not_arrive_fails_and_says_why() {
    let (_sandbox, danpay) = served().await;
    let url = nobody();
    works(&danpay, &["add", &url]);
    let endpoint = listed(&danpay);
    let said = fails(&danpay, &["ping", endpoint["id"].as_str().unwrap()], 1);
    assert!(said.starts_with("danpay: it has not arrived"), "{said}");
    // It counts for nothing.
    assert_eq!(listed(&danpay), endpoint);
}

#[tokio::test]
async fn what_is_on_its_way_is_shown_with_when_it_is_tried_next() {
    let (_sandbox, danpay) = served().await;
    works(&danpay, &["add", &nobody()]);
    danpay.create("order-1").await;
    let shown = |danpay: &Served| -> Value {
        serde_json::from_str(&works(danpay, &["deliveries", "--json"])).unwrap()
    };
    danpay
        .until("tried", |danpay| shown(danpay)["attempt_count"] == 1)
        .await;
    let tried = shown(&danpay);
    assert_eq!(tried["status"], "pending");
    let time = |value: &Value| -> jiff::Timestamp { value.as_str().unwrap().parse().unwrap() };
    let next = time(&tried["next_attempt_at"]);
    assert!(next > time(&tried["created_at"]), "{tried}");
    assert!(tried["attempts"][0]["error"].is_string(), "{tried}");
    let table = works(&danpay, &["deliveries"]);
    assert!(table.contains("ATTEMPTS"), "{table}");
}

#[tokio::test]
async fn what_cannot_be_an_endpoint_is_refused_with_the_reason() {
    let (_sandbox, danpay) = served().await;
    let said = fails(&danpay, &["add", "ftp://shop.example"], 1);
    assert!(said.contains("http"), "{said}");
    let said = fails(&danpay, &["add", "http://10.0.0.1/hooks"], 1);
    assert!(said.contains("url"), "{said}");
    let said = fails(&danpay, &["add", &nobody(), "--events", "payment.redy"], 2);
    assert!(said.contains("payment.ready"), "{said}");
    assert_eq!(works(&danpay, &["list", "--json"]), "");
}
