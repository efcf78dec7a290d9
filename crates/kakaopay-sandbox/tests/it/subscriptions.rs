//! Subscriptions: a first payment or none, charges without the payer, and their end.

use serde_json::{Value, json};

use crate::support::{Shop, approve, cancel, chocopie, order, pg_token, text};

fn monthly(changes: &Value) -> Value {
    let mut body = chocopie(json!({ "cid": "TCSUBSCRIP" }));
    body.as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    body
}

fn charge(sid: &str, changes: &Value) -> Value {
    let mut body = json!({
        "cid": "TCSUBSCRIP",
        "sid": sid,
        "partner_order_id": "order-2",
        "partner_user_id": "user-1",
        "quantity": "1",
        "total_amount": "9900",
        "tax_free_amount": "0",
    });
    body.as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    body
}

fn of_sid(sid: &str) -> Value {
    json!({ "cid": "TCSUBSCRIP", "sid": sid })
}

/// The answer of a first approve.
async fn subscribed(shop: &Shop, changes: &Value) -> Value {
    let (_, ready) = shop.call("ready", &monthly(changes)).await;
    let tid = text(&ready["tid"]);
    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_money").unwrap());
    let body = approve(&tid, &token, json!({ "cid": "TCSUBSCRIP" }));
    let (status, body) = shop.call("approve", &body).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn the_first_payment_issues_a_sid_that_is_charged_without_the_payer() {
    let shop = Shop::open().await;
    let first = subscribed(&shop, &json!({})).await;
    let sid = text(&first["sid"]);
    assert!(sid.starts_with('S') && sid.len() == 20, "{sid}");
    assert_eq!(first["amount"]["total"], 2200);

    let (_, body) = shop.call("subscription", &charge(&sid, &json!({}))).await;
    assert_eq!(body["sid"], json!(sid));
    assert_eq!(body["amount"]["total"], 9900);
    assert_eq!(body["amount"]["vat"], 900);
    assert_eq!(
        body["item_name"], "초코파이",
        "the first order's, when left out"
    );
    assert_eq!(body["payment_method_type"], "MONEY");
    assert_ne!(body["tid"], first["tid"]);

    let tid = text(&body["tid"]);
    let mut part = cancel(&tid, 900, json!({ "cid": "TCSUBSCRIP" }));
    let (status, body) = shop.call("cancel", &part).await;
    assert_eq!(
        (status.as_u16(), &body["status"]),
        (200, &json!("PART_CANCEL_PAYMENT"))
    );
    part["cancel_amount"] = json!(9_001);
    assert_eq!(shop.refused("cancel", &part).await.1, -710);
}

#[tokio::test]
async fn nothing_to_pay_issues_a_sid_alone() {
    let shop = Shop::open().await;
    let first = subscribed(&shop, &json!({ "total_amount": 0 })).await;
    let mut lookup = order(&text(&first["tid"]));
    lookup["cid"] = json!("TCSUBSCRIP");
    let (_, body) = shop.call("order", &lookup).await;
    assert_eq!(body["status"], "ISSUED_SID");
    let actions = &body["payment_action_details"];
    assert_eq!(actions[0]["payment_action_type"], "ISSUED_SID");
    let mut all = cancel(&text(&first["tid"]), 1, json!({}));
    all["cid"] = json!("TCSUBSCRIP");
    assert_eq!(shop.refused("cancel", &all).await.1, -784);
    let sid = text(&first["sid"]);
    assert_eq!(
        shop.call("subscription", &charge(&sid, &json!({}))).await.0,
        200
    );
    let one_time = chocopie(json!({ "total_amount": 0 }));
    assert_eq!(shop.refused("ready", &one_time).await.1, -2);
}

#[tokio::test]
async fn a_subscription_tells_how_it_stands_and_ends_for_good() {
    let shop = Shop::repeatable().await;
    let sid = text(&subscribed(&shop, &json!({})).await["sid"]);
    let (_, body) = shop.call("manage/subscription/status", &of_sid(&sid)).await;
    insta::assert_snapshot!(body.to_string(), @r#"{"available":true,"cid":"TCSUBSCRIP","sid":"S6a8d38332bf4f9254f3","status":"ACTIVE","payment_method_type":"MONEY","item_name":"초코파이","created_at":"2024-07-30T20:50:27","last_approved_at":"2024-07-30T20:50:27"}"#);
    let (_, body) = shop
        .call("manage/subscription/inactive", &of_sid(&sid))
        .await;
    assert_eq!(body["status"], "INACTIVE");
    assert_eq!(body["inactivated_at"], "2024-07-30T20:50:27");
    let (_, body) = shop.call("manage/subscription/status", &of_sid(&sid)).await;
    assert_eq!(
        (&body["available"], &body["status"]),
        (&json!(false), &json!("INACTIVE"))
    );
    let refused = shop
        .refused("subscription", &charge(&sid, &json!({})))
        .await;
    assert_eq!(refused.1, -751);
    let again = shop
        .refused("manage/subscription/inactive", &of_sid(&sid))
        .await;
    assert_eq!(again.1, -751);
}

#[tokio::test]
async fn a_charge_tells_each_mistake_by_its_code() {
    let shop = Shop::open().await;
    let sid = text(&subscribed(&shop, &json!({})).await["sid"]);
    let before = shop.sandbox.payments().len();
    for (changes, code) in [
        (json!({ "sid": "S0000000000000000000" }), -750),
        (json!({ "cid": "TC0ONETIME" }), -750),
        (json!({ "partner_user_id": "other" }), -753),
        (json!({ "sid": null }), -2),
        (json!({ "total_amount": 0 }), -2),
        (json!({ "tax_free_amount": null }), -2),
        (json!({ "cid": "C000000000" }), -731),
    ] {
        let refused = shop.refused("subscription", &charge(&sid, &changes)).await;
        assert_eq!((refused.0, refused.1), (400, code), "{changes}");
    }
    for call in ["manage/subscription/status", "manage/subscription/inactive"] {
        let unknown = of_sid("S0000000000000000000");
        assert_eq!(shop.refused(call, &unknown).await.1, -750);
    }
    assert_eq!(shop.sandbox.payments().len(), before);
}
