//! The merchant's secret key, replaced while the sandbox runs.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, answer, approve, chocopie, until};

/// What ready is answered with this key.
async fn with_key(shop: &Shop, key: &str) -> (u16, Value) {
    let call = shop.request(Method::POST, "/online/v1/payment/ready");
    let call = call.header("authorization", format!("SECRET_KEY {key}"));
    let (status, body) = answer(call.json(&chocopie(json!({}))).send().await.unwrap()).await;
    (status.as_u16(), body)
}

async fn replace_key(shop: &Shop, key: Value) -> StatusCode {
    let body = json!({ "secret_key": key });
    let call = shop
        .request(Method::POST, "/_sandbox/secret-key")
        .json(&body);
    let response = call.send().await.unwrap();
    let status = response.status();
    let said = response.text().await.unwrap();
    assert!(!said.contains("DEVNEW"), "{said}");
    status
}

#[tokio::test]
async fn a_new_secret_key_revokes_the_one_before_at_once() {
    let shop = Shop::with(Sandbox::builder().secret_key("DEVOLD")).await;
    assert_eq!(with_key(&shop, "DEVOLD").await.0, 200);
    let wrong = with_key(&shop, "DEVNEW").await;
    assert_eq!((wrong.0, &wrong.1["error_code"]), (401, &json!(-401)));

    assert_eq!(
        replace_key(&shop, json!("DEVNEW")).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(with_key(&shop, "DEVNEW").await.0, 200);
    assert_eq!(with_key(&shop, "DEVOLD").await, wrong, "as any wrong key");

    assert_eq!(
        replace_key(&shop, json!(null)).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(with_key(&shop, "any").await.0, 200);
    shop.sandbox.set_secret_key(Some("DEVNEWER"));
    assert_eq!(with_key(&shop, "any").await, wrong);
    assert_eq!(with_key(&shop, "DEVNEWER").await.0, 200);

    shop.sandbox.reset();
    assert_eq!(with_key(&shop, "DEVOLD").await.0, 200, "that of the start");
    assert_eq!(with_key(&shop, "DEVNEWER").await, wrong);
}

#[tokio::test]
async fn a_sandbox_that_takes_any_key_demands_the_one_that_it_is_told() {
    let shop = Shop::open().await;
    assert_eq!(with_key(&shop, "any").await.0, 200);
    replace_key(&shop, json!("DEVNEW")).await;
    assert_eq!(with_key(&shop, "any").await.0, 401);
    assert_eq!(with_key(&shop, "DEVNEW").await.0, 200);
    for odd in [
        json!(""),
        json!(" "),
        json!("DEVNEW\n"),
        json!("키"),
        json!(1),
    ] {
        let status = replace_key(&shop, odd.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
    }
    let nothing = shop.request(Method::POST, "/_sandbox/secret-key");
    let nothing = nothing.json(&json!({})).send().await.unwrap().status();
    assert_eq!(nothing, StatusCode::UNPROCESSABLE_ENTITY);
    let foreign = shop
        .request(Method::POST, "/_sandbox/secret-key")
        .header("sec-fetch-site", "cross-site")
        .body(r#"{"secret_key":null}"#);
    let foreign = foreign.send().await.unwrap().status();
    assert_eq!(foreign, StatusCode::FORBIDDEN);
    assert_eq!(
        with_key(&shop, "any").await.0,
        401,
        "none of these changed it"
    );
}

#[tokio::test]
async fn no_page_no_journal_and_no_state_shows_the_secret_key() {
    let shop = Shop::open().await;
    replace_key(&shop, json!("DEVNEW")).await;
    assert_eq!(with_key(&shop, "DEVNEW").await.0, 200);
    for path in [
        "/_sandbox/",
        "/_sandbox/journal",
        "/_sandbox/state",
        "/_sandbox/faults",
    ] {
        let shown = shop.get(&shop.at(path)).await.text().await.unwrap();
        assert!(!shown.contains("DEVNEW"), "{path}: {shown}");
    }
    let state = shop.sandbox.save().unwrap();
    shop.sandbox.set_secret_key(Some("DEVNEWER"));
    shop.sandbox.load(&state).unwrap();
    assert_eq!(
        with_key(&shop, "DEVNEWER").await.0,
        200,
        "a state leaves it alone"
    );
    assert_eq!(with_key(&shop, "DEVNEW").await.0, 401);
}

#[tokio::test]
async fn a_call_that_had_come_before_the_key_was_replaced_goes_on() {
    let shop = Shop::repeatable().await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    shop.sandbox.set_secret_key(Some("DEV0000"));
    let late = Fault::new(Endpoint::Approve, FaultKind::LateEffect).delay_ms(5_000);
    shop.sandbox.inject(late);
    let body = approve(&tid, &token, json!({}));
    assert_eq!(shop.call("approve", &body).await.0, 500);
    shop.sandbox.set_secret_key(Some("DEVNEW"));
    shop.sandbox.advance_clock(Duration::from_secs(5));
    until("the approval", || shop.record(&tid).approvals == 1).await;
    assert_eq!(shop.call("approve", &body).await.0, 401);
}
