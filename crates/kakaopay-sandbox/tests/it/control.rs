//! The tester's door: scripts, clock, ledger and journal.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, chocopie, order, pg_token, text};

async fn post(shop: &Shop, path: &str, body: Value) -> (StatusCode, Value) {
    let response = shop
        .request(Method::POST, path)
        .json(&body)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
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
