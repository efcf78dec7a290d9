//! Every no of the merchant API, by its code.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, answer, approve, cancel, chocopie, order, pg_token, text};

fn without(field: &str) -> Value {
    let mut body = chocopie(json!({}));
    body.as_object_mut().unwrap().remove(field);
    body
}

#[tokio::test]
async fn ready_names_the_field_that_is_missing_null_or_empty() {
    let shop = Shop::open().await;
    for field in [
        "cid",
        "partner_order_id",
        "partner_user_id",
        "item_name",
        "quantity",
        "total_amount",
        "tax_free_amount",
        "approval_url",
        "cancel_url",
        "fail_url",
    ] {
        let no = (400, -2, format!("{field} can't be null."));
        assert_eq!(shop.refused("ready", &without(field)).await, no);
        assert_eq!(
            shop.refused("ready", &chocopie(json!({ field: null })))
                .await,
            no
        );
        assert_eq!(
            shop.refused("ready", &chocopie(json!({ field: "" }))).await,
            no
        );
    }
    assert!(shop.sandbox.payments().is_empty());
}

#[tokio::test]
async fn fields_may_be_as_long_as_documented_and_no_longer() {
    let shop = Shop::open().await;
    for field in [
        "partner_order_id",
        "partner_user_id",
        "item_name",
        "item_code",
    ] {
        shop.ready_with(json!({ field: "파".repeat(100) })).await;
        let (status, code, message) = shop
            .refused("ready", &chocopie(json!({ field: "파".repeat(101) })))
            .await;
        assert_eq!((status, code), (400, -2));
        assert_eq!(message, format!("{field} is too long. (max 100)"));
    }
    for field in ["approval_url", "cancel_url", "fail_url"] {
        let url = |length: usize| format!("https://shop.example/{}", "x".repeat(length - 21));
        shop.ready_with(json!({ field: url(255) })).await;
        let (_, code, message) = shop
            .refused("ready", &chocopie(json!({ field: url(256) })))
            .await;
        assert_eq!(
            (code, message),
            (-2, format!("{field} is too long. (max 255)"))
        );
    }
}

#[tokio::test]
async fn ready_refuses_amounts_and_choices_that_make_no_sense() {
    let shop = Shop::open().await;
    for changes in [
        json!({ "total_amount": 0 }),
        json!({ "total_amount": -2200 }),
        json!({ "total_amount": "abc" }),
        json!({ "total_amount": 1.5 }),
        json!({ "total_amount": true }),
        json!({ "total_amount": "99999999999999999999999999" }),
        json!({ "tax_free_amount": 2201 }),
        json!({ "quantity": 0 }),
        json!({ "vat_amount": -1 }),
        json!({ "vat_amount": 2201 }),
        json!({ "tax_free_amount": 2100, "vat_amount": 101 }),
        json!({ "payment_method_type": "BITCOIN" }),
        json!({ "install_month": 13 }),
        json!({ "approval_url": "/approve" }),
        json!({ "approval_url": "javascript:alert(1)" }),
        json!({ "item_name": ["초코파이"] }),
    ] {
        let (status, code, message) = shop.refused("ready", &chocopie(changes.clone())).await;
        assert_eq!((status, code), (400, -2), "{changes}: {message}");
    }
    assert!(shop.sandbox.payments().is_empty());
}

#[tokio::test]
async fn ready_takes_what_real_clients_send() {
    let shop = Shop::open().await;
    for changes in [
        json!({ "quantity": "1", "total_amount": "2200", "tax_free_amount": "0", "vat_amount": "200" }),
        json!({ "total_amount": 2200.00, "tax_free_amount": "0.00" }),
        json!({ "vat_amount": null, "item_code": "", "cid_secret": null, "payment_method_type": "", "install_month": null, "available_cards": null, "custom_json": null, "green_deposit": "" }),
        json!({ "auto_approve": true, "chk_version": "1.1" }),
        json!({ "partner_user_id": 42 }),
        json!({ "approval_url": "myshop://payment/approve" }),
        json!({ "tax_free_amount": 2200 }),
    ] {
        let tid = text(&shop.ready_with(changes).await["tid"]);
        assert_eq!(shop.record(&tid).total, 2200);
    }
    let tid = text(&shop.ready_with(json!({ "partner_user_id": 42 })).await["tid"]);
    assert_eq!(shop.record(&tid).user_id, "42");
}

#[tokio::test]
async fn a_vat_of_the_merchants_own_is_echoed_whatever_its_rate() {
    let shop = Shop::open().await;
    for (vat, kept) in [(json!(0), 0), (json!(2200), 2200), (json!(null), 200)] {
        let tid = text(&shop.ready_with(json!({ "vat_amount": vat })).await["tid"]);
        assert_eq!(shop.record(&tid).vat, kept);
    }
}

#[tokio::test]
async fn the_same_order_id_is_never_a_conflict() {
    let shop = Shop::open().await;
    let (first, second) = (shop.ready().await, shop.ready().await);
    assert_ne!(first["tid"], second["tid"]);
    assert_ne!(
        first["next_redirect_pc_url"],
        second["next_redirect_pc_url"]
    );
}

#[tokio::test]
async fn a_key_is_needed_and_its_scheme_has_to_be_right() {
    let shop = Shop::with(kakaopay_sandbox::Sandbox::builder().secret_key("DEVRIGHT")).await;
    let with = async |authorization: Option<&str>| {
        let mut call = shop.request(Method::POST, "/online/v1/payment/ready");
        if let Some(value) = authorization {
            call = call.header("AUTHORIZATION", value);
        }
        let (status, body) = answer(call.json(&chocopie(json!({}))).send().await.unwrap()).await;
        (status.as_u16(), body["error_code"].as_i64())
    };
    assert_eq!(with(Some("SECRET_KEY DEVRIGHT")).await, (200, None));
    assert_eq!(with(Some("DEV_SECRET_KEY DEVRIGHT")).await, (200, None));
    assert_eq!(with(None).await, (400, Some(-400)));
    for wrong in [
        "SECRET_KEY DEVWRONG",
        "KakaoAK DEVRIGHT",
        "DEVRIGHT",
        "SECRET_KEY ",
        "Bearer x",
    ] {
        assert_eq!(with(Some(wrong)).await, (401, Some(-401)), "{wrong}");
    }
}

#[tokio::test]
async fn an_unknown_merchant_code_is_refused_everywhere() {
    let shop = Shop::open().await;
    for endpoint in ["ready", "approve", "order", "cancel"] {
        let (status, code, message) = shop
            .refused(endpoint, &json!({ "cid": "C123456789" }))
            .await;
        assert_eq!((status, code), (400, -731));
        assert_eq!(message, "invalid param(cid has invalid value)");
    }
}

#[tokio::test]
async fn another_address_or_method_is_answered_in_json() {
    let shop = Shop::open().await;
    let (status, body) = answer(
        shop.request(Method::POST, "/v1/payment/ready")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, body["error_code"].as_i64()),
        (StatusCode::NOT_FOUND, Some(-404))
    );
    let (status, body) = answer(
        shop.request(Method::GET, "/online/v1/payment/order?cid=TC0ONETIME")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, body["error_code"].as_i64()),
        (StatusCode::METHOD_NOT_ALLOWED, Some(-404))
    );
}

#[tokio::test]
async fn the_body_has_to_be_json_said_so_and_of_a_sensible_size() {
    let shop = Shop::open().await;
    let body = chocopie(json!({})).to_string();
    let with = async |kind: &str, body: String| {
        let call = shop.post("ready").header("content-type", kind).body(body);
        let (status, body) = answer(call.send().await.unwrap()).await;
        (status.as_u16(), body["error_code"].as_i64())
    };
    for kind in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=utf-8",
    ] {
        assert_eq!(with(kind, body.clone()).await, (200, None), "{kind}");
    }
    assert_eq!(
        with("application/x-www-form-urlencoded", "cid=TC0ONETIME".into()).await,
        (415, Some(-2))
    );
    assert_eq!(with("application/json", "{".into()).await, (400, Some(-2)));
    assert_eq!(with("application/json", "[]".into()).await, (400, Some(-2)));
    let large = json!({ "cid": "x".repeat(64 * 1024) }).to_string();
    assert_eq!(with("application/json", large).await, (413, Some(-2)));
}

#[tokio::test]
async fn approve_tells_each_mistake_by_its_code() {
    let shop = Shop::open().await;
    let tid = text(&shop.ready().await["tid"]);
    let early = shop
        .refused("approve", &approve(&tid, "xxxxxxxxxxxxxxxxxxxx", json!({})))
        .await;
    assert_eq!(
        early,
        (400, -701, "authentication doesn't complete!".to_owned())
    );

    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_card").unwrap());
    let refused = async |changes: Value| {
        let (status, code, _) = shop
            .refused("approve", &approve(&tid, &token, changes))
            .await;
        (status, code)
    };
    assert_eq!(
        refused(json!({ "partner_order_id": "other" })).await,
        (400, -706)
    );
    assert_eq!(
        refused(json!({ "partner_user_id": "other" })).await,
        (400, -707)
    );
    assert_eq!(
        refused(json!({ "pg_token": "00000000000000000000" })).await,
        (400, -708)
    );
    assert_eq!(
        refused(json!({ "tid": "T0000000000000000000" })).await,
        (400, -721)
    );
    assert_eq!(refused(json!({ "total_amount": 2199 })).await, (400, -725));
    assert_eq!(
        refused(json!({ "payload": "x".repeat(201) })).await,
        (400, -2)
    );
    assert_eq!(refused(json!({ "pg_token": null })).await, (400, -2));
    assert_eq!(shop.record(&tid).approvals, 0);

    let (status, _) = shop
        .call(
            "approve",
            &approve(&tid, &token, json!({ "total_amount": "2200" })),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(refused(json!({})).await, (400, -702));
    assert_eq!(shop.record(&tid).approvals, 1);
}

#[tokio::test]
async fn approve_after_fifteen_minutes_is_too_late_also_for_an_authenticated_payer() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("pays_by_money").await;
    shop.sandbox
        .advance_clock(std::time::Duration::from_mins(15));
    let (_, code, _) = shop
        .refused("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(code, -723);
    let (_, body) = shop.call("order", &order(&tid)).await;
    assert_eq!(body["status"], "AUTH_PASSWORD");
    assert!(shop.record(&tid).expired);
}

#[tokio::test]
async fn approve_after_the_payer_gave_up_is_refused() {
    let shop = Shop::open().await;
    let tid = text(&shop.ready().await["tid"]);
    assert_eq!(
        shop.sandbox.play(&tid, "quits").unwrap(),
        "https://shop.example/cancel"
    );
    let (_, code, _) = shop
        .refused("approve", &approve(&tid, "00000000000000000000", json!({})))
        .await;
    assert_eq!(code, -783);
    assert_eq!(
        shop.call("order", &order(&tid)).await.1["status"],
        "QUIT_PAYMENT"
    );
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_told_by_its_code() {
    let shop = Shop::open().await;
    let (_, code, _) = shop.refused("order", &order("T0000000000000000000")).await;
    assert_eq!(code, -721);
}

#[tokio::test]
async fn cancel_tells_each_mistake_by_its_code_and_then_gives_all_back_in_parts() {
    let shop = Shop::open().await;
    let unpaid = text(&shop.ready().await["tid"]);
    assert_eq!(
        shop.refused("cancel", &cancel(&unpaid, 1, json!({})))
            .await
            .1,
        -784
    );

    let tid = shop.approved(json!({ "tax_free_amount": 200 })).await;
    let refused = async |amount: u64, changes: Value| {
        shop.refused("cancel", &cancel(&tid, amount, changes))
            .await
            .1
    };
    assert_eq!(refused(2201, json!({})).await, -710);
    assert_eq!(
        refused(100, json!({ "cancel_available_amount": 2100 })).await,
        -722
    );
    assert_eq!(
        refused(100, json!({ "cancel_tax_free_amount": 101 })).await,
        -722
    );
    assert_eq!(refused(2001, json!({})).await, -722);
    assert_eq!(
        refused(100, json!({ "cancel_vat_amount": 183 })).await,
        -722
    );
    assert_eq!(refused(0, json!({})).await, -2);
    assert_eq!(
        refused(1, json!({ "cancel_tax_free_amount": null })).await,
        -2
    );
    assert_eq!(shop.record(&tid).canceled_total, 0);

    let part = cancel(
        &tid,
        1200,
        json!({ "cancel_tax_free_amount": "200", "cancel_available_amount": "2200" }),
    );
    let (_, body) = shop.call("cancel", &part).await;
    assert_eq!(body["status"], "PART_CANCEL_PAYMENT");
    let again = shop.refused("cancel", &part).await;
    assert_eq!(again.1, -722, "sent again, it has to be refused");
    let (_, body) = shop.call("cancel", &cancel(&tid, 1000, json!({}))).await;
    assert_eq!(body["status"], "CANCEL_PAYMENT");
    assert_eq!(body["canceled_amount"], body["amount"]);
    assert_eq!(body["cancel_available_amount"]["total"], 0);
    assert_eq!(refused(1, json!({})).await, -784);
}
