//! What a merchant's contract brings: secrets of a CID, registered origins, restricted methods,
//! points, and how a 401 looks.

use kakaopay_sandbox::{CancelVat, PlayError, Sandbox, Wallet};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, cancel, chocopie, order, pg_token, text};

#[tokio::test]
async fn a_merchant_code_with_a_secret_needs_it_in_every_call() {
    let secret = "abcdefghijklmnopqrstuvwx";
    let shop = Shop::with(Sandbox::builder().cid_secret("TC0ONETIME", secret)).await;
    for endpoint in ["ready", "approve", "order", "cancel"] {
        for wrong in [json!({}), json!({ "cid_secret": "wrong" })] {
            let refused = shop.refused(endpoint, &chocopie(wrong)).await;
            assert_eq!((refused.0, refused.1), (400, -733), "{endpoint}");
        }
    }
    shop.ready_with(json!({ "cid_secret": secret })).await;
    let long = json!({ "cid_secret": "x".repeat(25) });
    assert_eq!(shop.refused("ready", &chocopie(long)).await.1, -2);
}

#[tokio::test]
async fn once_origins_are_registered_other_addresses_are_refused() {
    let builder = Sandbox::builder()
        .origin("https://shop.example")
        .origin("https://*.mall.example/")
        .origin("http://localhost:3000");
    let shop = Shop::with(builder).await;
    for right in [
        "https://shop.example/approve?order=1",
        "https://a.mall.example/x",
        "http://localhost:3000/approve",
        "myshop://approve",
    ] {
        shop.ready_with(json!({ "approval_url": right })).await;
    }
    for wrong in [
        "http://shop.example/approve",
        "https://shop.example:8443/approve",
        "https://shop.example.evil.example/approve",
        "https://mall.example/x",
        "https://evil.example/.mall.example",
        "http://localhost:3001/approve",
    ] {
        for field in ["approval_url", "cancel_url", "fail_url"] {
            let body = chocopie(json!({ field: wrong }));
            let (status, code, _) = shop.refused("ready", &body).await;
            assert_eq!((status, code), (400, -799), "{field} {wrong}");
        }
    }
}

#[tokio::test]
async fn a_401_may_come_without_a_body() {
    let shop = Shop::with(Sandbox::builder().empty_401()).await;
    let call = shop
        .request(Method::POST, "/online/v1/payment/ready")
        .header("Authorization", "KakaoAK x");
    let response = call.json(&chocopie(json!({}))).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn only_what_the_merchant_offers_can_be_chosen() {
    let shop = Shop::open().await;
    for (changes, script, offered) in [
        (
            json!({ "payment_method_type": "CARD" }),
            "pays_by_card",
            true,
        ),
        (
            json!({ "payment_method_type": "CARD" }),
            "pays_by_money",
            false,
        ),
        (
            json!({ "payment_method_type": "MONEY" }),
            "pays_by_card",
            false,
        ),
        (
            json!({ "available_cards": ["SHINHAN", "KB"] }),
            "pays_by_card",
            true,
        ),
        (
            json!({ "available_cards": "[\"SHINHAN\"]" }),
            "pays_by_card",
            true,
        ),
        (json!({ "available_cards": ["KB"] }), "pays_by_card", true),
        (
            json!({ "available_cards": ["kb", "ACME"] }),
            "pays_by_card",
            false,
        ),
        (json!({ "available_cards": ["KB"] }), "pays_by_money", true),
    ] {
        let tid = text(&shop.ready_with(changes.clone()).await["tid"]);
        let played = shop.sandbox.play(&tid, script);
        assert_eq!(played.is_ok(), offered, "{changes} {script}");
        if !offered {
            assert_eq!(played, Err(PlayError::MethodNotOffered));
        }
    }
}

#[tokio::test]
async fn the_page_shows_what_the_merchant_offers_and_nothing_else() {
    let shop = Shop::open().await;
    for (changes, shown) in [
        (json!({}), [true, true, true, false]),
        (
            json!({ "available_cards": ["SUHYUP"] }),
            [true, false, true, false],
        ),
        (json!({ "install_month": 3 }), [true, true, false, false]),
        (
            json!({ "payment_method_type": "MONEY" }),
            [true, false, false, false],
        ),
        (
            json!({ "payment_method_type": "CARD", "available_cards": ["ACME"] }),
            [false, false, false, true],
        ),
        (
            json!({ "payment_method_type": "CARD", "available_cards": ["SUHYUP"], "install_month": 3 }),
            [false, false, false, true],
        ),
    ] {
        let ready = shop.ready_with(changes.clone()).await;
        let (_, page) = ready["next_redirect_pc_url"]
            .as_str()
            .unwrap()
            .rsplit_once('/')
            .unwrap();
        let html = shop.get(&shop.at(&format!("/pay/mockup/{page}"))).await;
        let html = html.text().await.unwrap();
        let found = [
            "pay-money",
            "pay-card-shinhan",
            "pay-card-suhyup",
            "no-method",
        ]
        .map(|id| html.contains(&format!("data-testid=\"{id}\"")));
        assert_eq!(found, shown, "{changes}");
    }
}

#[tokio::test]
async fn fixed_months_show_at_approve_and_in_the_lookup() {
    let shop = Shop::open().await;
    let months = json!({ "install_month": "3", "use_share_installment": "Y" });
    let tid = text(&shop.ready_with(months).await["tid"]);
    let token = pg_token(&shop.sandbox.play(&tid, "pays_by_card").unwrap());
    let (_, body) = shop
        .call("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(body["card_info"]["install_month"], "03");
    assert_eq!(body["card_info"]["installment_type"], "SHARE_INSTALLMENT");
    let (_, body) = shop.call("order", &order(&tid)).await;
    assert_eq!(body["selected_card_info"]["install_month"], 3);
}

#[tokio::test]
async fn what_is_not_a_list_or_a_map_of_texts_is_refused() {
    let shop = Shop::open().await;
    for changes in [
        json!({ "available_cards": "SHINHAN" }),
        json!({ "available_cards": [] }),
        json!({ "available_cards": [1] }),
        json!({ "custom_json": ["a"] }),
        json!({ "custom_json": { "auto_close": true } }),
        json!({ "custom_json": "not json" }),
        json!({ "use_share_installment": "yes" }),
        json!({ "use_share_installment": "X" }),
    ] {
        let (status, code, _) = shop.refused("ready", &chocopie(changes.clone())).await;
        assert_eq!((status, code), (400, -2), "{changes}");
    }
    let custom = json!({ "custom_json": { "return_custom_url": "myshop://" } });
    shop.ready_with(custom).await;
}

#[tokio::test]
async fn points_and_a_discount_are_used_and_points_come_back() {
    let shop = Shop::open().await;
    let had = Wallet {
        points: 500,
        discount: 100,
    };
    shop.sandbox.give("user-1", had);
    let tid = shop.approved(json!({})).await;
    assert_eq!(shop.sandbox.wallet("user-1").points, 0);
    let (_, body) = shop.call("order", &order(&tid)).await;
    let parts = |amount: &Value| {
        ["total", "vat", "point", "discount"].map(|part| amount[part].as_u64().unwrap())
    };
    assert_eq!(parts(&body["amount"]), [2200, 200, 500, 100]);
    assert_eq!(body["payment_action_details"][0]["point_amount"], 500);

    // The method paid 1,600; points come back after that, and the discount last.
    let (_, body) = shop.call("cancel", &cancel(&tid, 1_700, json!({}))).await;
    assert_eq!(parts(&body["approved_cancel_amount"]), [1700, 155, 100, 0]);
    assert_eq!(shop.sandbox.wallet("user-1").points, 100);
    let (_, body) = shop.call("cancel", &cancel(&tid, 500, json!({}))).await;
    assert_eq!(parts(&body["approved_cancel_amount"]), [500, 45, 400, 100]);
    assert_eq!(body["canceled_amount"], body["amount"]);
    assert_eq!(shop.sandbox.wallet("user-1"), had);
}

#[tokio::test]
async fn every_card_code_of_kakaopays_leaves_the_payer_a_way() {
    let shop = Shop::open().await;
    for code in [
        "SHINHAN",
        "KB",
        "HYUNDAI",
        "LOTTE",
        "SAMSUNG",
        "NH",
        "BC",
        "HANA",
        "CITI",
        "KAKAOBANK",
        "KAKAOPAY",
        "WOORIONLY",
        "SUHYUP",
        "SHINHYUP",
        "JEONBUK",
        "JEJU",
        "SC",
        "WOORI",
        "GWANGJU",
    ] {
        let only = json!({ "payment_method_type": "CARD", "available_cards": [code] });
        let ready = shop.ready_with(only).await;
        let page = text(&ready["next_redirect_mobile_url"]);
        let page = page.rsplit_once('/').unwrap().1.to_owned();
        let html = shop.get(&shop.at(&format!("/pay/mockup/{page}"))).await;
        let html = html.text().await.unwrap();
        assert_eq!(html.matches("data-testid=\"pay-card-").count(), 1, "{code}");
        let tid = text(&ready["tid"]);
        let token = pg_token(&shop.sandbox.play(&tid, "pays_by_card").unwrap());
        let (_, paid) = shop
            .call("approve", &approve(&tid, &token, json!({})))
            .await;
        assert_eq!(paid["payment_method_type"], "CARD", "{code}");
    }
}

#[tokio::test]
async fn the_page_says_why_no_card_is_left() {
    let shop = Shop::open().await;
    for (changes, why) in [
        (json!({ "available_cards": ["ACME"] }), "available_cards"),
        (
            json!({ "available_cards": ["SUHYUP"], "install_month": 3 }),
            "install_month",
        ),
    ] {
        let mut changes = changes;
        changes["payment_method_type"] = json!("CARD");
        let ready = shop.ready_with(changes).await;
        let page = text(&ready["next_redirect_pc_url"]);
        let page = page.rsplit_once('/').unwrap().1.to_owned();
        let html = shop.get(&shop.at(&format!("/pay/mockup/{page}"))).await;
        assert!(html.text().await.unwrap().contains(why), "{why}");
    }
}

#[tokio::test]
async fn all_three_test_codes_are_taken() {
    let shop = Shop::open().await;
    for cid in ["TC0ONETIME", "TCSUBSCRIP", "TCSEQUENCE"] {
        shop.ready_with(json!({ "cid": cid })).await;
    }
}

/// What KakaoPay answers to one is not known; a browser cannot open it.
#[tokio::test]
async fn an_address_without_a_scheme_is_not_taken_in_silence() {
    let shop = Shop::open().await;
    for url in [
        "localhost:8080/ok",
        "shop.example:443",
        "localhost:8080?x=1",
    ] {
        for field in ["approval_url", "cancel_url", "fail_url"] {
            let refused = shop
                .refused("ready", &chocopie(json!({ field: url })))
                .await;
            assert_eq!((refused.0, refused.1), (400, -2), "{url}");
        }
    }
    for url in [
        "myshop:approve",
        "com.shop.app://return/1",
        "myshop://8080/ok",
    ] {
        shop.ready_with(json!({ "approval_url": url })).await;
    }
}

/// Eight public clients send VAT 0 with a whole cancellation; KakaoPay's answer is not known.
#[tokio::test]
async fn a_vat_that_does_not_fit_is_refused_or_replaced_as_it_was_chosen() {
    let builder = |rule| Sandbox::builder().cancel_vat(rule);
    let none = json!({ "cancel_vat_amount": 0 });
    let shop = Shop::with(builder(CancelVat::Strict)).await;
    let tid = shop.approved(json!({})).await;
    assert_eq!(
        shop.refused("cancel", &cancel(&tid, 2200, none.clone()))
            .await
            .1,
        -722
    );

    let shop = Shop::with(builder(CancelVat::Lenient)).await;
    let tid = shop.approved(json!({})).await;
    let much = json!({ "cancel_vat_amount": 1000 });
    let (_, part) = shop.call("cancel", &cancel(&tid, 1100, much)).await;
    assert_eq!(part["approved_cancel_amount"]["vat"], 100);
    let (_, whole) = shop.call("cancel", &cancel(&tid, 1100, none)).await;
    assert_eq!(whole["approved_cancel_amount"]["vat"], 100);
    assert_eq!(whole["canceled_amount"], whole["amount"]);
    let (_, of_tax_free) = shop.call("cancel", &cancel(&tid, 1, json!({}))).await;
    assert_eq!(of_tax_free["error_code"], -784);
}
