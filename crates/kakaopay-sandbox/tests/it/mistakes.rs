//! Mistakes that real clients make, over HTTP, and what the journal says to them.

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Shop, approve, cancel, chocopie, order};

/// The names of the advice on the last call.
async fn advice(shop: &Shop) -> Vec<String> {
    let entries = shop.entries().await;
    let last = entries.last().unwrap();
    let advice = last["advice"].as_array().unwrap().iter();
    advice
        .map(|advice| advice["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn said(shop: &Shop, endpoint: &str, body: &Value) -> Vec<String> {
    shop.call(endpoint, body).await;
    advice(shop).await
}

async fn said_to(shop: &Shop, call: RequestBuilder) -> Vec<String> {
    call.send().await.unwrap();
    advice(shop).await
}

#[tokio::test]
async fn a_call_that_does_not_get_through_the_door_is_told_why() {
    let shop = Shop::open().await;
    let body = chocopie(json!({}));
    let at = |path: &str| shop.request(Method::POST, path).json(&body);
    let with = |key: &str| at("/online/v1/payment/ready").header(AUTHORIZATION, key);
    let form = shop
        .post("ready")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("cid=TC0ONETIME");
    let get = shop
        .request(Method::GET, "/online/v1/payment/order?cid=TC0ONETIME")
        .header(AUTHORIZATION, "SECRET_KEY DEV0000");
    for (call, name) in [
        (with("Bearer DEV0000"), "wrong_scheme"),
        (with("KakaoAK 0123"), "kakao_ak"),
        (at("/online/v1/payment/ready"), "no_authorization"),
        (at("/online/v1/payment/ready/"), "untidy_path"),
        (at("/v1/payment/ready"), "old_address"),
        (at("/payment/ready"), "wrong_path"),
        (form, "form_body"),
        (get, "wrong_method"),
    ] {
        assert_eq!(said_to(&shop, call).await, [name]);
    }
}

#[tokio::test]
async fn a_ready_that_is_refused_is_told_which_field_and_why() {
    let shop = Shop::open().await;
    let long = format!("https://shop.example/approve?{}", "x".repeat(255));
    for (changes, name) in [
        (json!({ "tax_free_amount": null }), "no_tax_free_amount"),
        (json!({ "approval_url": long }), "url_too_long"),
        (json!({ "cid": "TC0NETIME0" }), "wrong_cid"),
        (json!({ "item_name": "파".repeat(101) }), "too_long"),
        (json!({ "total_amount": "2,200" }), "no_whole_number"),
        (json!({ "install_month": 13 }), "bad_parameter"),
    ] {
        let body = chocopie(changes);
        assert_eq!(said(&shop, "ready", &body).await, [name], "{body}");
    }
}

#[tokio::test]
async fn an_approve_that_is_refused_is_told_what_to_store_or_to_look_up() {
    let shop = Shop::open().await;
    let waiting = shop.ready().await["tid"].as_str().unwrap().to_owned();
    let early = approve(&waiting, "0123456789abcdef0123", json!({}));
    assert_eq!(said(&shop, "approve", &early).await, ["not_authenticated"]);
    let (tid, token) = shop.authenticated("pays_by_card").await;
    for (changes, name) in [
        (json!({ "partner_order_id": "order-2" }), "order_id_differs"),
        (json!({ "partner_user_id": "user-2" }), "user_id_differs"),
        (
            json!({ "pg_token": "0123456789abcdef0123" }),
            "token_invented",
        ),
        (json!({ "total_amount": 100 }), "total_differs"),
        (json!({ "tid": "T0000000000000000000" }), "unknown_tid"),
    ] {
        let body = approve(&tid, &token, changes);
        assert_eq!(said(&shop, "approve", &body).await, [name]);
    }
    let right = approve(&tid, &token, json!({}));
    assert!(said(&shop, "approve", &right).await.is_empty());
    assert_eq!(
        said(&shop, "approve", &right).await,
        ["approve_repeated", "repeated_by_client"]
    );
}

#[tokio::test]
async fn a_cancel_that_is_refused_is_told_what_does_not_fit() {
    let shop = Shop::open().await;
    let tid = shop.approved(json!({ "tax_free_amount": 200 })).await;
    for (body, name) in [
        (cancel(&tid, 2201, json!({})), "above_available"),
        (
            cancel(&tid, 1000, json!({ "cancel_tax_free_amount": 300 })),
            "split_does_not_fit",
        ),
        (
            cancel(&tid, 1000, json!({ "cancel_available_amount": 1000 })),
            "available_differs",
        ),
        (
            cancel(&tid, 100, json!({ "cancel_tax_free_amount": 200 })),
            "tax_free_above_total",
        ),
    ] {
        assert_eq!(said(&shop, "cancel", &body).await, [name], "{body}");
    }
    let deposit = shop.approved(json!({ "green_deposit": 300 })).await;
    let part = cancel(&deposit, 1000, json!({}));
    assert_eq!(said(&shop, "cancel", &part).await, ["deposit_whole_only"]);
    let nothing = shop.ready().await["tid"].as_str().unwrap().to_owned();
    let unpaid = cancel(&nothing, 100, json!({}));
    assert_eq!(said(&shop, "cancel", &unpaid).await, ["cannot_cancel"]);
}

#[tokio::test]
async fn a_lookup_by_order_id_is_told_that_there_is_only_one_by_tid() {
    let shop = Shop::open().await;
    let by_order = json!({ "cid": "TC0ONETIME", "partner_order_id": "order-1" });
    assert_eq!(said(&shop, "order", &by_order).await, ["no_tid"]);
    let aid = order("A6a8d3a301d33ed2dc3c");
    assert_eq!(said(&shop, "order", &aid).await, ["aid_as_tid"]);
}

#[tokio::test]
async fn a_client_that_repeats_a_post_by_itself_is_told_so() {
    let shop = Shop::repeatable().await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    let body = approve(&tid, &token, json!({}));
    shop.sandbox.inject(Fault::new(
        Endpoint::Approve,
        FaultKind::AnswerLostAfterCommit,
    ));
    assert!(shop.post("approve").json(&body).send().await.is_err());
    assert_eq!(advice(&shop).await, ["answer_lost"]);
    let twice = said(&shop, "approve", &body).await;
    assert_eq!(twice, ["approve_repeated", "repeated_by_client"]);
    shop.sandbox
        .advance_clock(std::time::Duration::from_secs(2));
    assert_eq!(said(&shop, "approve", &body).await, ["approve_repeated"]);
    // Lookups may come as often as they like.
    said(&shop, "order", &order(&tid)).await;
    assert!(said(&shop, "order", &order(&tid)).await.is_empty());
}

#[tokio::test]
async fn an_order_that_is_paid_twice_is_told_of_and_one_that_was_given_back_is_not() {
    let shop = Shop::open().await;
    let first = shop.approved(json!({})).await;
    assert!(advice(&shop).await.is_empty());
    let second = shop.approved(json!({})).await;
    assert_eq!(advice(&shop).await, ["order_paid_twice"]);
    for tid in [first, second] {
        shop.call("cancel", &cancel(&tid, 2200, json!({}))).await;
    }
    shop.approved(json!({})).await;
    assert!(advice(&shop).await.is_empty());
}

#[tokio::test]
async fn a_token_of_another_payment_is_told_apart_from_one_that_nobody_was_given() {
    let shop = Shop::open().await;
    let (one, token_of_one) = shop.authenticated("pays_by_card").await;
    let (two, token_of_two) = shop.authenticated("pays_by_card").await;
    let waiting = shop.ready().await["tid"].as_str().unwrap().to_owned();
    let mixed = approve(&one, &token_of_two, json!({}));
    assert_eq!(said(&shop, "approve", &mixed).await, ["token_mixed_up"]);
    let early = approve(&waiting, &token_of_two, json!({}));
    assert_eq!(said(&shop, "approve", &early).await, ["token_mixed_up"]);
    let invented = approve(&one, "deadbeefdeadbeefdead", json!({}));
    assert_eq!(said(&shop, "approve", &invented).await, ["token_invented"]);
    let unauthenticated = approve(&waiting, "deadbeefdeadbeefdead", json!({}));
    assert_eq!(
        said(&shop, "approve", &unauthenticated).await,
        ["not_authenticated"]
    );
    shop.call("approve", &approve(&one, &token_of_one, json!({})))
        .await;
    let used = approve(&two, &token_of_one, json!({}));
    assert_eq!(said(&shop, "approve", &used).await, ["token_mixed_up"]);
}

#[tokio::test]
async fn a_vat_that_was_stated_at_ready_and_is_left_out_at_cancel_is_told_of() {
    let shop = Shop::open().await;
    let half =
        |tid: &str, vat: serde_json::Value| cancel(tid, 1100, json!({ "cancel_vat_amount": vat }));
    let stated = shop.approved(json!({ "vat_amount": 220 })).await;
    let said_of = said(&shop, "cancel", &half(&stated, json!(null))).await;
    assert_eq!(said_of, ["vat_left_out"]);
    assert!(
        said(&shop, "cancel", &half(&stated, json!(120)))
            .await
            .is_empty()
    );
    let computed = shop.approved(json!({})).await;
    let said_of = said(&shop, "cancel", &half(&computed, json!(null))).await;
    assert!(said_of.is_empty());
}

#[tokio::test]
async fn a_vat_that_does_not_fit_is_told_with_the_one_that_does() {
    let shop = Shop::open().await;
    let tid = shop
        .approved(json!({ "total_amount": 3300, "tax_free_amount": 1100 }))
        .await;
    let whole = cancel(
        &tid,
        3300,
        json!({ "cancel_tax_free_amount": 0, "cancel_vat_amount": 0 }),
    );
    assert_eq!(said(&shop, "cancel", &whole).await, ["split_does_not_fit"]);
    let journal = shop.journal().await;
    assert!(
        journal.contains("cancel_tax_free_amount 1100 and cancel_vat_amount 200"),
        "{journal}"
    );
}
