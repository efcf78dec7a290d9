//! The predecessor's API, which half of all public code still speaks.

use kakaopay_sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Shop, answer, chocopie, pg_token, text};

async fn legacy() -> Shop {
    Shop::with(Sandbox::builder().seed(7).legacy()).await
}

async fn send(shop: &Shop, call: &str, fields: &Value) -> Response {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let pairs = fields.as_object().unwrap().iter();
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs.map(|(name, value)| (name, text(value))))
        .finish();
    let kind = "application/x-www-form-urlencoded;charset=utf-8";
    shop.request(Method::POST, &format!("/v1/payment/{call}"))
        .header("Authorization", "KakaoAK 0123456789abcdef0123456789abcdef")
        .header("Content-Type", kind)
        .body(form)
        .send()
        .await
        .unwrap()
}

async fn call(shop: &Shop, call: &str, fields: &Value) -> (u16, Value) {
    let (status, body) = answer(send(shop, call, fields).await).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn a_payment_goes_through_by_forms_and_the_admin_key() {
    let shop = legacy().await;
    let (_, ready) = call(
        &shop,
        "ready",
        &chocopie(json!({ "available_cards": "[\"SHINHAN\"]" })),
    )
    .await;
    assert_eq!(ready["tms_result"], false);
    for (key, page) in [
        ("next_redirect_pc_url", "info"),
        ("next_redirect_mobile_url", "mInfo"),
        ("next_redirect_app_url", "aInfo"),
    ] {
        let address = text(&ready[key]);
        assert!(address.ends_with(&format!("/{page}")), "{address}");
        assert!(address.contains("/mockup/v1/"), "{address}");
        let leads = shop.get(&address).await;
        let to = leads.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(shop.get(&shop.at(&to)).await.status(), 200, "{to}");
    }
    let tid = text(&ready["tid"]);
    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_money").unwrap());
    let approve = json!({
        "cid": "TC0ONETIME", "tid": tid, "partner_order_id": "order-1",
        "partner_user_id": "user-1", "pg_token": token,
    });
    let (status, body) = call(&shop, "approve", &approve).await;
    assert_eq!((status, &body["amount"]["total"]), (200, &json!(2200)));
    let absent = [
        "sid",
        "item_code",
        "card_info",
        "payload",
        "sequential_payment_methods",
    ];
    assert!(absent.iter().all(|key| body.get(key).is_none()), "{body}");

    let cancel = json!({ "cid": "TC0ONETIME", "tid": tid, "cancel_amount": 2200, "cancel_tax_free_amount": 0 });
    assert_eq!(
        call(&shop, "cancel", &cancel).await.1["status"],
        "CANCEL_PAYMENT"
    );
    let lookup = json!({ "cid": "TC0ONETIME", "tid": tid });
    assert_eq!(
        call(&shop, "order", &lookup).await.1["status"],
        "CANCEL_PAYMENT"
    );
}

#[tokio::test]
async fn its_errors_are_told_by_code_and_msg() {
    let shop = legacy().await;
    let (status, body) = call(&shop, "order", &json!({ "cid": "TC0ONETIME", "tid": "T0" })).await;
    assert_eq!(
        (status, body),
        (400, json!({ "code": -721, "msg": "tid does not exist!" }))
    );
    let (status, body) = call(&shop, "nothing", &json!({})).await;
    assert_eq!((status, &body["code"]), (404, &json!(-404)));
    let by_json = shop
        .request(Method::POST, "/v1/payment/ready")
        .header("Authorization", "KakaoAK x")
        .json(&chocopie(json!({})));
    let (status, body) = answer(by_json.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &body["code"]), (415, &json!(-2)));
    let by_key = shop
        .request(Method::POST, "/v1/payment/ready")
        .header("Authorization", "SECRET_KEY x");
    let (status, body) = answer(by_key.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &body["code"]), (401, &json!(-401)));
}

#[tokio::test]
async fn it_is_served_only_when_asked_for_and_beside_the_current_one() {
    let shop = Shop::open().await;
    let (status, body) = call(&shop, "ready", &chocopie(json!({}))).await;
    assert_eq!((status, &body["error_code"]), (404, &json!(-404)));
    let shop = legacy().await;
    assert!(shop.ready().await.get("tms_result").is_none());
}

/// About nine public clients send them so, and it worked.
#[tokio::test]
async fn parameters_may_be_in_the_query_and_the_lookup_may_be_a_get() {
    let shop = legacy().await;
    let query = |fields: &Value| {
        let pairs = fields.as_object().unwrap().iter();
        let pairs = pairs.map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    };
    let ask = |method: Method, call: &str, fields: &Value| {
        let path = format!("/v1/payment/{call}?{}", query(fields));
        let call = shop
            .request(method, &path)
            .header("Authorization", "KakaoAK 0123");
        async { answer(call.send().await.unwrap()).await }
    };
    let (status, ready) = ask(Method::POST, "ready", &chocopie(json!({}))).await;
    assert_eq!(status, 200, "{ready}");
    let lookup = json!({ "cid": "TC0ONETIME", "tid": ready["tid"] });
    for method in [Method::GET, Method::POST] {
        let (status, order) = ask(method, "order", &lookup).await;
        assert_eq!((status.as_u16(), &order["status"]), (200, &json!("READY")));
    }
    assert_eq!(ask(Method::GET, "ready", &chocopie(json!({}))).await.0, 405);
    let masked = json!({ "cid": "TC0ONETIME", "tid": ready["tid"], "pg_token": "deadbeef" });
    ask(Method::POST, "approve", &masked).await;
    let journal = shop.journal().await;
    assert!(journal.contains("pg_token=***") && !journal.contains("deadbeef"));
}

#[tokio::test]
async fn members_stand_in_its_order_and_an_action_has_no_amount() {
    let shop = legacy().await;
    let (_, ready) = call(&shop, "ready", &chocopie(json!({}))).await;
    let names = |body: &Value, count: usize| -> Vec<String> {
        body.as_object()
            .unwrap()
            .keys()
            .take(count)
            .cloned()
            .collect()
    };
    assert_eq!(names(&ready, 2), ["tid", "tms_result"]);
    let tid = text(&ready["tid"]);
    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_money").unwrap());
    let approve = json!({
        "cid": "TC0ONETIME", "tid": tid, "partner_order_id": "order-1",
        "partner_user_id": "user-1", "pg_token": token,
    });
    let (_, paid) = call(&shop, "approve", &approve).await;
    let order = ["payment_method_type", "item_name", "quantity", "amount"];
    assert_eq!(names(&paid, 9)[5..], order);
    let (_, found) = call(&shop, "order", &json!({ "cid": "TC0ONETIME", "tid": tid })).await;
    let order = [
        "item_name",
        "quantity",
        "amount",
        "cancel_available_amount",
        "canceled_amount",
    ];
    assert_eq!(names(&found, 11)[6..], order);
    let action = found["payment_action_details"][0].as_object().unwrap();
    let members: Vec<_> = action.keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "aid",
            "approved_at",
            "point_amount",
            "discount_amount",
            "payment_action_type"
        ]
    );
}
