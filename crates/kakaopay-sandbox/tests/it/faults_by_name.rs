//! Every fault by its name, asked for over HTTP.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use http::Uri;
use kakaopay_sandbox::{FaultKind, Sandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, cancel, chocopie, order, text, until};

/// What the caller of approve sees.
enum Sees {
    NoAnswer,
    HalfAnAnswer,
    Status(u16, i64),
    Approved,
    NoJson,
    WrongTypes,
}

/// The fault's other fields, what the caller sees, and what KakaoPay's side holds at once and in
/// the end.
fn expected(name: &str) -> (Value, Sees, u32, u32) {
    let late = json!({ "delay_ms": 5_000 });
    match name {
        "answer_lost_after_commit" => (json!({}), Sees::NoAnswer, 1, 1),
        "reset_before" => (json!({}), Sees::NoAnswer, 0, 0),
        "reset_after" => (json!({}), Sees::HalfAnAnswer, 1, 1),
        "delay_before" | "delay_after_commit" | "slow_drip" => {
            (json!({ "delay_ms": 40 }), Sees::Approved, 1, 1)
        }
        "late_effect" => (late, Sees::Status(500, -500), 0, 1),
        "late_effect_after_reset" => (late, Sees::NoAnswer, 0, 1),
        "refuse_duplicate" => (json!({}), Sees::Status(400, -785), 0, 0),
        "error_code" => (json!({ "error_code": -704 }), Sees::Status(400, -704), 0, 0),
        "error_500" => (json!({}), Sees::Status(500, -500), 0, 0),
        "error_503" => (json!({}), Sees::Status(503, -503), 0, 0),
        "error_429" => (json!({}), Sees::Status(429, -429), 0, 0),
        "maintenance" => (json!({}), Sees::Status(503, -9798), 0, 0),
        "truncated_json" => (json!({}), Sees::NoJson, 1, 1),
        "wrong_type_json" => (json!({}), Sees::WrongTypes, 1, 1),
        _ => panic!("no test says what {name} does"),
    }
}

pub(crate) async fn ask_for(shop: &Shop, endpoint: &str, name: &str, more: &Value) -> StatusCode {
    let mut fault = json!({ "endpoint": endpoint, "fault": name });
    let more = more.as_object().unwrap().clone();
    fault.as_object_mut().unwrap().extend(more);
    let call = shop.request(Method::POST, "/_sandbox/faults").json(&fault);
    call.send().await.unwrap().status()
}

#[tokio::test]
async fn a_used_up_quota_is_one_of_another_day_after_midnight() {
    let shop = Shop::repeatable().await;
    shop.sandbox.freeze_clock();
    let made = ask_for(&shop, "ready", "daily_quota", &json!({})).await;
    assert_eq!(made, StatusCode::CREATED);
    let ready = async || {
        let sent = shop.post("ready").json(&chocopie(json!({}))).send();
        sent.await.unwrap().status()
    };
    for _ in 0..3 {
        assert_eq!(ready().await, StatusCode::TOO_MANY_REQUESTS);
    }
    shop.sandbox.advance_clock(Duration::from_hours(24));
    assert_eq!(ready().await, StatusCode::OK);
}

#[tokio::test]
async fn every_fault_of_a_call_does_what_its_name_says_once() {
    for &kind in FaultKind::ALL {
        let name = kind.as_str();
        // A used-up quota is not used up by a call.
        let once = kind != FaultKind::DailyQuota;
        if !once || !kind.happens_at(kakaopay_sandbox::Endpoint::Approve) {
            continue;
        }
        let shop = Shop::repeatable().await;
        let (more, sees, at_once, in_the_end) = expected(name);
        let (tid, token) = shop.authenticated("pays_by_card").await;
        let made = ask_for(&shop, "approve", name, &more).await;
        assert_eq!(made, StatusCode::CREATED, "{name}");
        let body = approve(&tid, &token, json!({}));
        let sent = shop.post("approve").json(&body).send().await;
        match sees {
            Sees::NoAnswer => assert!(sent.is_err(), "{name}"),
            Sees::HalfAnAnswer => {
                let read = match sent {
                    Ok(response) => response.bytes().await,
                    Err(error) => Err(error),
                };
                assert!(read.is_err(), "{name}");
            }
            Sees::Status(status, code) => {
                let response = sent.unwrap();
                assert_eq!(response.status(), status, "{name}");
                let retry_after = response.headers().contains_key("retry-after");
                assert_eq!(retry_after, status == 429, "{name}");
                let body: Value = response.json().await.unwrap();
                assert_eq!(body["error_code"], code, "{name}");
                assert!(!text(&body["error_message"]).is_empty(), "{name}");
            }
            Sees::Approved => {
                let body: Value = sent.unwrap().json().await.unwrap();
                assert_eq!(body["tid"], json!(tid), "{name}");
            }
            Sees::NoJson => {
                let body = sent.unwrap().text().await.unwrap();
                assert!(body.starts_with("{\"aid\""), "{name}: {body}");
                assert!(serde_json::from_str::<Value>(&body).is_err(), "{name}");
            }
            Sees::WrongTypes => {
                let body: Value = sent.unwrap().json().await.unwrap();
                let right = body["tid"].is_string() || body["amount"].is_object();
                assert!(!right && body["aid"].is_object(), "{name}: {body}");
            }
        }
        assert_eq!(shop.record(&tid).approvals, at_once, "{name}");
        shop.sandbox.advance_clock(Duration::from_secs(5));
        until(name, || shop.record(&tid).approvals == in_the_end).await;
        assert_eq!(shop.sandbox.faults(), [], "{name} is used up");
    }
}

#[tokio::test]
async fn a_stale_lookup_knows_only_what_had_happened_then() {
    let shop = Shop::repeatable().await;
    let tid = shop.approved(json!({})).await;
    shop.sandbox.advance_clock(Duration::from_secs(30));
    shop.call("cancel", &cancel(&tid, 200, json!({}))).await;
    shop.sandbox.advance_clock(Duration::from_secs(30));
    for (lag_s, status, left) in [
        (61, "AUTH_PASSWORD", 0),
        (31, "SUCCESS_PAYMENT", 2200),
        (29, "PART_CANCEL_PAYMENT", 2000),
    ] {
        let more = json!({ "delay_ms": lag_s * 1_000 });
        ask_for(&shop, "order", "stale_lookup", &more).await;
        let (_, body) = shop.call("order", &order(&tid)).await;
        assert_eq!(body["status"], status);
        assert_eq!(body["cancel_available_amount"]["total"], left);
    }
    let (_, body) = shop.call("order", &order(&tid)).await;
    assert_eq!(body["status"], "PART_CANCEL_PAYMENT", "it was for once");
}

#[tokio::test]
async fn a_fault_may_hit_one_order_only_and_cancel_and_lookup_know_whose_they_are() {
    let shop = Shop::open().await;
    let tid = shop.approved(json!({})).await;
    for (endpoint, body) in [
        ("order", order(&tid)),
        ("cancel", cancel(&tid, 1, json!({}))),
    ] {
        let other = json!({ "order_id": "order-2" });
        ask_for(&shop, endpoint, "error_500", &other).await;
        assert_eq!(shop.call(endpoint, &body).await.0, StatusCode::OK);
        let this = json!({ "order_id": "order-1", "tid": tid });
        ask_for(&shop, endpoint, "error_503", &this).await;
        assert_eq!(shop.call(endpoint, &body).await.0, 503);
        assert_eq!(shop.call(endpoint, &body).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn chance_is_drawn_from_the_seed_and_leaves_the_ids_alone() {
    let run = async |probability: f64| {
        let shop = Shop::repeatable().await;
        let more = json!({ "probability": probability });
        ask_for(&shop, "ready", "error_500", &more).await;
        let (mut hits, mut tids) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let (status, body) = shop.call("ready", &chocopie(json!({}))).await;
            hits.push(status != StatusCode::OK);
            tids.extend(body["tid"].as_str().map(str::to_owned));
        }
        let journal = shop.journal().await;
        // The port is chosen by the system.
        let journal = journal.replace(&shop.sandbox.addr().to_string(), "sandbox");
        (hits, tids, journal)
    };
    let (hits, some, journal) = run(0.5).await;
    let (same_hits, _, same_journal) = run(0.5).await;
    assert_eq!(hits, same_hits);
    assert_eq!(journal, same_journal, "byte for byte");
    assert!(hits.contains(&true) && hits.contains(&false));
    let (_, all, _) = run(0.0).await;
    assert_eq!(some, all[..some.len()]);
}

#[tokio::test]
async fn faults_can_wait_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("faults.json");
    std::fs::write(&path, r#"[{"endpoint":"ready","fault":"error_503"}]"#).unwrap();
    let shop = Shop::with(Sandbox::builder().faults_file(&path)).await;
    let body = chocopie(json!({}));
    assert_eq!(shop.refused("ready", &body).await.1, -503);
    assert_eq!(shop.call("ready", &body).await.0, StatusCode::OK);

    std::fs::write(&path, r#"[{"endpoint":"ready","fault":"earthquake"}]"#).unwrap();
    let error = Sandbox::builder().faults_file(&path).start().await;
    let error = error.err().unwrap().to_string();
    assert!(error.contains("earthquake") && error.contains("faults.json"));
}

/// A shop on this machine that writes down which of its addresses were asked for.
async fn shop_that_listens() -> (String, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let router = Router::new().fallback(move |uri: Uri| {
        noted.lock().unwrap().push(uri.path().to_owned());
        async { "seen" }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    (url, asked)
}

#[tokio::test]
async fn a_payer_may_come_back_in_a_way_that_shops_do_not_expect() {
    let (url, asked) = shop_that_listens().await;
    let at = |path: &str| format!("{url}{path}");
    for (name, visits) in [
        ("pg_token_twice", vec!["/approve"]),
        ("approval_redirect_twice", vec!["/approve", "/approve"]),
        ("cancel_redirect_after_pay", vec!["/approve", "/cancel"]),
    ] {
        let shop = Shop::open().await;
        let addresses = json!({ "approval_url": at("/approve"), "cancel_url": at("/cancel") });
        let ready = shop.ready_with(addresses.clone()).await;
        assert_eq!(
            ask_for(&shop, "payer", name, &json!({})).await,
            StatusCode::CREATED
        );
        let play = json!({ "tid": ready["tid"], "script": "pays_by_card", "follow": true });
        let call = shop.request(Method::POST, "/_sandbox/payer").json(&play);
        let played: Value = call.send().await.unwrap().json().await.unwrap();
        let to = text(&played["redirect_to"]);
        let tokens = to.matches("pg_token=").count();
        assert_eq!(tokens, if name == "pg_token_twice" { 2 } else { 1 }, "{to}");
        assert_eq!(
            std::mem::take(&mut *asked.lock().unwrap()),
            visits,
            "{name}, by script"
        );
        assert_eq!(played["followed"]["status"], 200);
        assert_eq!(shop.sandbox.faults(), [], "{name} is used up");

        // The same by the pages: the last address is the one that the browser is sent to.
        let ready = shop.ready_with(addresses).await;
        ask_for(&shop, "payer", name, &json!({ "tid": ready["tid"] })).await;
        let (_, page) = ready["next_redirect_pc_url"]
            .as_str()
            .unwrap()
            .rsplit_once('/')
            .unwrap();
        let form = |step: &str, body: &'static str| {
            shop.request(Method::POST, &format!("/pay/mockup/{page}/{step}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
        };
        form("method", "method=money").send().await.unwrap();
        let sent = form("authenticate", "").send().await.unwrap();
        let location = sent.headers()["location"].to_str().unwrap();
        assert!(
            location.starts_with(&at(visits.last().unwrap())),
            "{name}: {location}"
        );
        shop.get(location).await;
        assert_eq!(
            std::mem::take(&mut *asked.lock().unwrap()),
            visits,
            "{name}, by pages"
        );
    }
}
