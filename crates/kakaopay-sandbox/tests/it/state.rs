//! What a sandbox knows: saved, loaded, forgotten, kept over a restart, and bounded.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox, SandboxBuilder, StartError, Wallet};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, cancel, order, text, until};

fn repeatable() -> SandboxBuilder {
    let at = "2024-07-30T11:50:27Z".parse().unwrap();
    let url = "http://sandbox.example";
    Sandbox::builder().seed(7).frozen_at(at).public_url(url)
}

/// Leaves something of every kind behind, and the tid of a paid and of an authenticated payment.
async fn live_a_little(shop: &Shop) -> (String, String, String) {
    shop.sandbox.give(
        "user-1",
        Wallet {
            points: 50,
            discount: 0,
        },
    );
    let paid = shop.approved(json!({})).await;
    shop.call("cancel", &cancel(&paid, 100, json!({}))).await;
    let (open, token) = shop.authenticated("pays_by_money").await;
    shop.sandbox.advance_clock(Duration::from_mins(1));
    shop.sandbox
        .inject(Fault::new(Endpoint::Cancel, FaultKind::Error503));
    (paid, open, token)
}

/// What can be known of it from outside, and what it will give next.
async fn all_of(shop: &Shop, paid: &str, open: &str, token: &str) -> Value {
    let lookup = shop.call("order", &order(paid)).await.1;
    let approved = shop
        .call("approve", &approve(open, token, json!({})))
        .await
        .1;
    let next = shop.ready().await;
    let refused = shop.refused("cancel", &cancel(paid, 1, json!({}))).await.1;
    let wallet = shop.sandbox.wallet("user-1").points;
    json!([lookup, approved, next, refused, wallet])
}

#[tokio::test]
async fn a_saved_state_goes_on_in_another_sandbox_as_if_nothing_had_happened() {
    let shop = Shop::with(repeatable()).await;
    let (paid, open, token) = live_a_little(&shop).await;
    let state = shop.sandbox.save().unwrap();
    let there = Shop::with(repeatable().seed(99)).await;
    there.sandbox.load(&state).unwrap();
    assert_eq!(there.sandbox.payments(), shop.sandbox.payments());
    let expected = all_of(&shop, &paid, &open, &token).await;
    assert_eq!(all_of(&there, &paid, &open, &token).await, expected);
    assert_eq!(expected[3], -503);
}

#[tokio::test]
async fn the_state_is_read_replaced_and_forgotten_over_http() {
    let shop = Shop::with(repeatable()).await;
    let (paid, ..) = live_a_little(&shop).await;
    let url = shop.at("/_sandbox/state");
    let state = shop.get(&url).await.text().await.unwrap();
    let forget = shop.http.delete(&url).send().await.unwrap();
    assert_eq!(forget.status(), StatusCode::NO_CONTENT);
    assert!(shop.sandbox.payments().is_empty() && shop.sandbox.faults().is_empty());
    assert!(shop.entries().await.is_empty());
    let again = text(&shop.ready().await["tid"]);
    assert_eq!(again, paid, "the same seed and time begin anew");

    for wrong in ["", "{}", r#"{"version":999}"#, "not json"] {
        let refused = shop.http.put(&url).body(wrong).send().await.unwrap();
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    assert_eq!(shop.sandbox.payments().len(), 1, "nothing was changed");
    let loaded = shop.http.put(&url).body(state).send().await.unwrap();
    assert_eq!(loaded.status(), StatusCode::NO_CONTENT);
    assert_eq!(shop.record(&paid).canceled_total, 100);
}

#[tokio::test]
async fn with_a_folder_a_restart_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new/folder");
    let shop = Shop::with(repeatable().data_dir(&data)).await;
    let (paid, open, token) = live_a_little(&shop).await;
    let before = shop.sandbox.payments();
    let twin = Shop::with(repeatable()).await;
    twin.sandbox.load(&shop.sandbox.save().unwrap()).unwrap();
    shop.sandbox.stop().await;

    let shop = Shop::with(repeatable().seed(99).data_dir(&data)).await;
    assert_eq!(shop.sandbox.payments(), before);
    let expected = all_of(&twin, &paid, &open, &token).await;
    assert_eq!(all_of(&shop, &paid, &open, &token).await, expected);
}

#[tokio::test]
async fn the_file_is_written_without_being_asked_and_is_always_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state.json");
    let shop = Shop::with(repeatable().data_dir(dir.path())).await;
    let tid = text(&shop.ready().await["tid"]);
    let kept = || std::fs::read_to_string(&file).unwrap_or_default();
    until("the writing", || kept().contains(&tid)).await;
    assert!(serde_json::from_str::<Value>(&kept()).is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_state_is_told_at_the_start_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state.json");
    std::fs::write(&file, "{\"version\":").unwrap();
    let error = repeatable().data_dir(dir.path()).start().await.err();
    assert!(matches!(error, Some(StartError::State { .. })));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"version\":");
}

#[tokio::test]
async fn above_the_limit_the_oldest_finished_payments_leave_and_open_ones_stay() {
    let shop = Shop::with(repeatable().payments_max(3)).await;
    let open = text(&shop.ready().await["tid"]);
    let mut paid = Vec::new();
    for _ in 0..5 {
        paid.push(shop.approved(json!({})).await);
    }
    let kept: Vec<_> = shop
        .sandbox
        .payments()
        .into_iter()
        .map(|kept| kept.tid)
        .collect();
    assert_eq!(kept, [open.clone(), paid[3].clone(), paid[4].clone()]);
    assert_eq!(shop.refused("order", &order(&paid[0])).await.1, -721);

    // Payments that nobody finishes leave when their time is over.
    shop.sandbox.advance_clock(Duration::from_mins(15));
    let last = text(&shop.ready().await["tid"]);
    let kept: Vec<_> = shop
        .sandbox
        .payments()
        .into_iter()
        .map(|kept| kept.tid)
        .collect();
    assert_eq!(kept, [paid[3].clone(), paid[4].clone(), last]);
}

#[tokio::test]
async fn even_open_payments_are_not_kept_without_end() {
    let shop = Shop::with(repeatable().payments_max(2)).await;
    for _ in 0..50 {
        shop.ready().await;
    }
    assert_eq!(shop.sandbox.payments().len(), 20);
}

#[tokio::test]
async fn points_are_given_over_http() {
    let shop = Shop::open().await;
    let call = shop.request(Method::PUT, "/_sandbox/wallets/user-1");
    let given = call.json(&json!({ "points": 300 })).send().await.unwrap();
    assert_eq!(given.status(), StatusCode::OK);
    let tid = shop.approved(json!({})).await;
    let (_, body) = shop.call("order", &order(&tid)).await;
    assert_eq!(body["amount"]["point"], 300);
    let left: Value = shop
        .get(&shop.at("/_sandbox/wallets/user-1"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(left, json!({ "points": 0, "discount": 0 }));
    let call = shop.request(Method::PUT, "/_sandbox/wallets/user-1");
    let wrong = call.json(&json!({ "pionts": 1 })).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_receipt_is_at_the_address_that_merchants_make() {
    let shop = Shop::repeatable().await;
    let tid = shop.approved(json!({})).await;
    // sha256("TC0ONETIME" + tid + "order-1" + "user-1"), computed elsewhere.
    let hash = "7227024202a9aacadd2457fc4b173886299e1e74212bee85cb10d9f35b2cc278";
    let url = shop.sandbox.receipt_url(&tid).unwrap();
    assert_eq!(
        url,
        format!("http://sandbox.example/v1/confirmation/p/{tid}/{hash}")
    );
    for device in ["p", "m"] {
        let page = shop
            .get(&shop.at(&format!("/v1/confirmation/{device}/{tid}/{hash}")))
            .await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        assert!(
            page.contains("초코파이") && page.contains("2,200원"),
            "{page}"
        );
    }
    for wrong in [
        format!("x/{tid}/{hash}"),
        format!("p/{tid}/{}", "0".repeat(64)),
    ] {
        let page = shop
            .get(&shop.at(&format!("/v1/confirmation/{wrong}")))
            .await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
    }
    let unpaid = text(&shop.ready().await["tid"]);
    assert_eq!(shop.sandbox.receipt_url(&unpaid), None);
}
