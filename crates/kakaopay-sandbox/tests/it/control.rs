//! The tester's door: scripts, clock, ledger and journal.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, answer, approve, chocopie, order, pg_token, text, until};

async fn post(shop: &Shop, path: &str, body: Value) -> (StatusCode, Value) {
    let response = shop
        .request(Method::POST, path)
        .json(&body)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

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

async fn get(shop: &Shop, path: &str) -> Value {
    let response = shop.get(&shop.at(path)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_script_plays_the_payer_in_one_call() {
    let shop = Shop::open().await;
    for (script, method) in [("pays_by_card", "CARD"), ("pays_by_money", "MONEY")] {
        let tid = text(&shop.ready().await["tid"]);
        let (status, body) = post(
            &shop,
            "/_sandbox/payer",
            json!({ "tid": tid, "script": script }),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        let token = pg_token(body["redirect_to"].as_str().unwrap());
        let (_, body) = shop
            .call("approve", &approve(&tid, &token, json!({})))
            .await;
        assert_eq!(body["payment_method_type"], method);
    }
}

#[tokio::test]
async fn every_listed_script_can_be_played() {
    let shop = Shop::open().await;
    let listed = get(&shop, "/_sandbox/payer").await;
    let scripts = listed["scripts"].as_array().unwrap();
    assert_eq!(scripts.len(), kakaopay_sandbox::SCRIPTS.len());
    for script in scripts {
        let tid = text(&shop.ready().await["tid"]);
        let play = json!({ "tid": tid, "script": script["script"] });
        assert_eq!(
            post(&shop, "/_sandbox/payer", play).await.0,
            StatusCode::OK,
            "{script}"
        );
    }
}

#[tokio::test]
async fn a_script_that_cannot_be_played_says_why() {
    let shop = Shop::open().await;
    let (tid, _) = shop.authenticated("pays_by_card").await;
    for (body, status) in [
        (
            json!({ "tid": tid, "script": "dances" }),
            StatusCode::BAD_REQUEST,
        ),
        (
            json!({ "tid": "T0", "script": "quits" }),
            StatusCode::NOT_FOUND,
        ),
        (
            json!({ "tid": tid, "script": "quits" }),
            StatusCode::CONFLICT,
        ),
        (json!({ "tid": tid }), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (answered, answer) = post(&shop, "/_sandbox/payer", body).await;
        assert_eq!(answered, status);
        assert!(!answer["error"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_payer_who_comes_after_fifteen_minutes_is_sent_to_the_fail_url() {
    let shop = Shop::open().await;
    let tid = text(&shop.ready().await["tid"]);
    let (_, clock) = post(&shop, "/_sandbox/clock", json!({ "advance_s": 900 })).await;
    assert_eq!(clock["ahead_s"], 900);
    assert_eq!(get(&shop, "/_sandbox/clock").await["ahead_s"], 900);
    let (_, body) = post(
        &shop,
        "/_sandbox/payer",
        json!({ "tid": tid, "script": "pays_by_card" }),
    )
    .await;
    assert_eq!(body["redirect_to"], "https://shop.example/fail");
}

#[tokio::test]
async fn the_ledger_shows_each_payment_as_it_is_held() {
    let shop = Shop::repeatable().await;
    let tid = shop.approved(json!({})).await;
    insta::assert_json_snapshot!(get(&shop, &format!("/_sandbox/payments/{tid}")).await, @r#"
    {
      "tid": "T6a8d383746af30839d0",
      "cid": "TC0ONETIME",
      "status": "SUCCESS_PAYMENT",
      "order_id": "order-1",
      "user_id": "user-1",
      "item_name": "초코파이",
      "quantity": 1,
      "total": 2200,
      "tax_free": 0,
      "vat": 200,
      "canceled_total": 0,
      "cancellations": 0,
      "method": "CARD",
      "aid": "A6a8d3832d25f7965c58",
      "approvals": 1,
      "approve_calls": 1,
      "expired": false,
      "created_at": "2024-07-30T11:50:27Z",
      "approved_at": "2024-07-30T11:50:27Z",
      "canceled_at": null,
      "outcome": "pays",
      "entries": [
        {
          "kind": "PAYMENT",
          "aid": "A6a8d3832d25f7965c58",
          "at": "2024-07-30T11:50:27Z",
          "total": 2200,
          "tax_free": 0,
          "vat": 200,
          "payload": null
        }
      ]
    }
    "#);
    assert_eq!(
        get(&shop, "/_sandbox/payments").await["payments"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let missing = shop.get(&shop.at("/_sandbox/payments/T0")).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_journal_tells_what_came_and_keeps_no_secret() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    let body = approve(&tid, &token, json!({ "cid_secret": "c1d53cret" }));
    shop.call("approve", &body).await;
    let journal = get(&shop, "/_sandbox/journal").await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["path"], "/online/v1/payment/ready");
    assert_eq!(entries[0]["body"], chocopie(json!({})).to_string());
    assert_eq!(entries[1]["status"], 200);
    assert_eq!(entries[1]["headers"]["authorization"], "SECRET_KEY ***");
    let answer: Value = serde_json::from_str(entries[1]["answer"].as_str().unwrap()).unwrap();
    assert_eq!(answer["tid"], tid);
    for secret in [token.as_str(), "c1d53cret", "DEV0000"] {
        assert!(!journal.to_string().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_entry_of_the_journal_says_what_it_was_about_beside_what_came() {
    let shop = Shop::repeatable().await;
    shop.call("order", &order("T6a8d383000000000000")).await;
    let journal = get(&shop, "/_sandbox/journal").await;
    insta::assert_json_snapshot!(journal["entries"][0], { ".headers" => "[headers]" }, @r#"
    {
      "number": 1,
      "at": "2024-07-30T11:50:27Z",
      "method": "POST",
      "path": "/online/v1/payment/order",
      "headers": "[headers]",
      "body": "{\"cid\":\"TC0ONETIME\",\"tid\":\"T6a8d383000000000000\"}",
      "status": 400,
      "answer": "{\"error_code\":-721,\"error_message\":\"tid does not exist!\"}",
      "fault": null,
      "tid": "T6a8d383000000000000",
      "order_id": null,
      "error_code": -721,
      "advice": [
        {
          "name": "unknown_tid",
          "en": "There is no such tid for this cid; send the tid that ready answered, 20 characters, stored per order.",
          "ko": "이 cid에 그런 tid가 없습니다. ready가 답한 20자 tid를 주문마다 저장해 보내세요."
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn the_scripts_are_listed_with_a_sentence_in_two_languages() {
    let shop = Shop::open().await;
    let listed = get(&shop, "/_sandbox/payer").await;
    let scripts = listed["scripts"].as_array().unwrap();
    let names: Vec<_> = scripts.iter().map(|script| &script["script"]).collect();
    insta::assert_json_snapshot!(names, @r#"
    [
      "pays_by_card",
      "pays_by_money",
      "quits",
      "short_of_balance",
      "card_refused",
      "locked",
      "bank_unknown",
      "wrong_password",
      "closes_window",
      "never_returns",
      "pays_at_14_59",
      "returns_elsewhere"
    ]
    "#);
    for script in scripts {
        assert!(!text(&script["does"]).is_empty() && !text(&script["does_ko"]).is_empty());
    }
}

#[tokio::test]
async fn the_journal_keeps_the_last_thousand_calls() {
    let shop = Shop::open().await;
    for number in 0..1_002 {
        shop.call("order", &order(&format!("T{number:019}"))).await;
    }
    let journal = get(&shop, "/_sandbox/journal").await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1_000);
    assert!(
        entries[0]["body"]
            .as_str()
            .unwrap()
            .contains("T0000000000000000002")
    );
}

#[tokio::test]
async fn the_overview_shows_payments_and_calls() {
    let shop = Shop::open().await;
    let tid = shop.approved(json!({})).await;
    let root = shop.get(&shop.at("/")).await;
    assert_eq!(root.headers()["location"], "/_sandbox/");
    let html = shop.get(&shop.at("/_sandbox/")).await.text().await.unwrap();
    assert!(html.contains(&tid) && html.contains("SUCCESS_PAYMENT"));
    assert!(html.contains("/online/v1/payment/approve"));
    assert_eq!(get(&shop, "/_sandbox/health").await["status"], "ok");
}

#[tokio::test]
async fn curl_alone_is_understood_and_another_sites_page_is_not() {
    let shop = Shop::open().await;
    let advance = |headers: &[(&'static str, &'static str)]| {
        let mut request = shop.request(Method::POST, "/_sandbox/clock");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(r#"{"advance_s":60}"#).send()
    };
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(advance(&[form]).await.unwrap().status(), StatusCode::OK);
    let foreign = advance(&[("sec-fetch-site", "cross-site")]).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(get(&shop, "/_sandbox/clock").await["ahead_s"], 60);
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
    let (nothing, _) = post(&shop, "/_sandbox/secret-key", json!({})).await;
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
