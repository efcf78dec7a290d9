//! What the four calls answer, to the letter.

use std::io::Read as _;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Shop, approve, cancel, chocopie, order, pg_token, text};

/// The body as it came over the wire, so that the order of its keys counts as well.
async fn raw(shop: &Shop, endpoint: &str, body: &serde_json::Value) -> String {
    let response = shop.post(endpoint).json(body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    text.replace(",\"", ",\n\"")
}

#[tokio::test]
async fn ready_answers_with_the_keys_and_addresses_of_a_real_answer() {
    let shop = Shop::repeatable().await;
    assert_snapshot!(raw(&shop, "ready", &chocopie(json!({}))).await, @r#"
    {"tid":"T6a8d383746af30839d0",
    "next_redirect_app_url":"http://sandbox.example/mockup/bridge/mobile-app/pg/one-time/payment/c0925055933e73723b9339b528c8f5685b95a90c6b0ee3d38422511cf74ce4b1",
    "next_redirect_mobile_url":"http://sandbox.example/mockup/bridge/mobile-web/pg/one-time/payment/c0925055933e73723b9339b528c8f5685b95a90c6b0ee3d38422511cf74ce4b1",
    "next_redirect_pc_url":"http://sandbox.example/mockup/bridge/pc/pg/one-time/payment/c0925055933e73723b9339b528c8f5685b95a90c6b0ee3d38422511cf74ce4b1",
    "android_app_scheme":"kakaotalk://kakaopay/pg?url=http://sandbox.example/pay/mockup/c0925055933e73723b9339b528c8f5685b95a90c6b0ee3d38422511cf74ce4b1",
    "ios_app_scheme":"kakaotalk://kakaopay/pg?url=http://sandbox.example/pay/mockup/c0925055933e73723b9339b528c8f5685b95a90c6b0ee3d38422511cf74ce4b1",
    "created_at":"2024-07-30T20:50:27"}
    "#);
}

#[tokio::test]
async fn approve_by_card_has_the_keys_and_nulls_of_a_real_answer() {
    let shop = Shop::repeatable().await;
    let (tid, pg_token) = shop.authenticated("pays_by_card").await;
    assert_snapshot!(raw(&shop, "approve", &approve(&tid, &pg_token, json!({}))).await, @r#"
    {"aid":"A6a8d3832d25f7965c58",
    "tid":"T6a8d383746af30839d0",
    "cid":"TC0ONETIME",
    "sid":null,
    "partner_order_id":"order-1",
    "partner_user_id":"user-1",
    "item_name":"초코파이",
    "item_code":null,
    "payload":null,
    "quantity":1,
    "amount":{"total":2200,
    "tax_free":0,
    "vat":200,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "payment_method_type":"CARD",
    "card_info":{"kakaopay_purchase_corp":"신한",
    "kakaopay_purchase_corp_code":"701",
    "kakaopay_issuer_corp":"신한",
    "kakaopay_issuer_corp_code":"101",
    "bin":"111111",
    "card_type":"신용",
    "install_month":"00",
    "approved_id":"74918821",
    "card_mid":"111111",
    "interest_free_install":"N",
    "card_item_code":"111111",
    "installment_type":"CARD_INSTALLMENT"},
    "sequential_payment_methods":null,
    "created_at":"2024-07-30T20:50:27",
    "approved_at":"2024-07-30T20:50:27"}
    "#);
}

#[tokio::test]
async fn approve_by_money_has_no_card_and_echoes_what_was_given() {
    let shop = Shop::repeatable().await;
    let tid = text(
        &shop
            .ready_with(json!({ "item_code": "P-1", "quantity": "2" }))
            .await["tid"],
    );
    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_money").unwrap());
    let body = approve(
        &tid,
        &token,
        json!({ "payload": "ours", "total_amount": "2200" }),
    );
    assert_snapshot!(raw(&shop, "approve", &body).await, @r#"
    {"aid":"A6a8d3832d25f7965c58",
    "tid":"T6a8d383746af30839d0",
    "cid":"TC0ONETIME",
    "sid":null,
    "partner_order_id":"order-1",
    "partner_user_id":"user-1",
    "item_name":"초코파이",
    "item_code":"P-1",
    "payload":"ours",
    "quantity":2,
    "amount":{"total":2200,
    "tax_free":0,
    "vat":200,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "payment_method_type":"MONEY",
    "card_info":null,
    "sequential_payment_methods":null,
    "created_at":"2024-07-30T20:50:27",
    "approved_at":"2024-07-30T20:50:27"}
    "#);
}

#[tokio::test]
async fn an_order_that_nobody_has_touched_leaves_out_what_has_not_happened() {
    let shop = Shop::repeatable().await;
    let tid = text(&shop.ready().await["tid"]);
    assert_snapshot!(raw(&shop, "order", &order(&tid)).await, @r#"
    {"tid":"T6a8d383746af30839d0",
    "cid":"TC0ONETIME",
    "status":"READY",
    "partner_order_id":"order-1",
    "partner_user_id":"user-1",
    "amount":{"total":2200,
    "tax_free":0,
    "vat":200,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "canceled_amount":{"total":0,
    "tax_free":0,
    "vat":0,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "cancel_available_amount":{"total":0,
    "tax_free":0,
    "vat":0,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "item_name":"초코파이",
    "quantity":1,
    "created_at":"2024-07-30T20:50:27",
    "payment_action_details":[]}
    "#);
}

#[tokio::test]
async fn cancel_in_part_tells_this_part_the_sum_and_the_rest() {
    let shop = Shop::repeatable().await;
    let tid = shop.approved(json!({})).await;
    let body = cancel(&tid, 1100, json!({ "payload": "half" }));
    assert_snapshot!(raw(&shop, "cancel", &body).await, @r#"
    {"tid":"T6a8d383746af30839d0",
    "cid":"TC0ONETIME",
    "status":"PART_CANCEL_PAYMENT",
    "partner_order_id":"order-1",
    "partner_user_id":"user-1",
    "payment_method_type":"CARD",
    "item_name":"초코파이",
    "aid":"A6a8d38332bf4f9254f3",
    "payload":"half",
    "quantity":1,
    "amount":{"total":2200,
    "tax_free":0,
    "vat":200,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "canceled_amount":{"total":1100,
    "tax_free":0,
    "vat":100,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "cancel_available_amount":{"total":1100,
    "tax_free":0,
    "vat":100,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "approved_cancel_amount":{"total":1100,
    "tax_free":0,
    "vat":100,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "created_at":"2024-07-30T20:50:27",
    "approved_at":"2024-07-30T20:50:27",
    "canceled_at":"2024-07-30T20:50:27"}
    "#);
}

#[tokio::test]
async fn an_order_that_was_paid_and_canceled_lists_every_action() {
    let shop = Shop::repeatable().await;
    let tid = shop.approved(json!({})).await;
    shop.call("cancel", &cancel(&tid, 1100, json!({ "payload": "half" })))
        .await;
    assert_snapshot!(raw(&shop, "order", &order(&tid)).await, @r#"
    {"tid":"T6a8d383746af30839d0",
    "cid":"TC0ONETIME",
    "status":"PART_CANCEL_PAYMENT",
    "partner_order_id":"order-1",
    "partner_user_id":"user-1",
    "payment_method_type":"CARD",
    "amount":{"total":2200,
    "tax_free":0,
    "vat":200,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "canceled_amount":{"total":1100,
    "tax_free":0,
    "vat":100,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "cancel_available_amount":{"total":1100,
    "tax_free":0,
    "vat":100,
    "point":0,
    "discount":0,
    "green_deposit":0},
    "item_name":"초코파이",
    "quantity":1,
    "created_at":"2024-07-30T20:50:27",
    "approved_at":"2024-07-30T20:50:27",
    "canceled_at":"2024-07-30T20:50:27",
    "selected_card_info":{"card_bin":"111111",
    "install_month":0,
    "card_corp_name":"신한",
    "interest_free_install":"N"},
    "payment_action_details":[{"aid":"A6a8d3832d25f7965c58",
    "approved_at":"2024-07-30T20:50:27",
    "amount":2200,
    "point_amount":0,
    "discount_amount":0,
    "payment_action_type":"PAYMENT"},{"aid":"A6a8d38332bf4f9254f3",
    "approved_at":"2024-07-30T20:50:27",
    "amount":1100,
    "point_amount":0,
    "discount_amount":0,
    "payment_action_type":"CANCEL",
    "payload":"half"}]}
    "#);
}

/// KakaoPay compresses when the caller allows it.
#[tokio::test]
async fn an_answer_is_compressed_when_that_is_allowed_and_says_so() {
    let shop = Shop::open().await;
    for (allowed, compressed) in [("gzip, deflate, br", true), ("identity", false)] {
        let call = shop.post("ready").header("accept-encoding", allowed);
        let answer = call.json(&chocopie(json!({}))).send().await.unwrap();
        assert_eq!(
            answer.headers().contains_key("content-encoding"),
            compressed
        );
        let bytes = answer.bytes().await.unwrap();
        let mut text = Vec::new();
        if compressed {
            let mut decoder = flate2::read::GzDecoder::new(&bytes[..]);
            decoder.read_to_end(&mut text).unwrap();
        } else {
            text.extend_from_slice(&bytes);
        }
        let ready: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(ready["tid"].as_str().unwrap().len(), 20);
    }
}
