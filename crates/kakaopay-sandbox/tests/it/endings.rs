//! How payers end: by script, by a tester's choice on the page, by phone number.

use kakaopay_sandbox::PlayError;
use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, approve, chocopie, order, pg_token, text};

/// The part of the payment's addresses that names its page.
fn page(ready: &Value) -> String {
    let url = text(&ready["next_redirect_pc_url"]);
    url.rsplit('/').next().unwrap().to_owned()
}

async fn submit(shop: &Shop, path: &str, form: &str) -> String {
    let call = shop
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    location(&call.send().await.unwrap())
}

fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

async fn html(shop: &Shop, path: &str) -> String {
    let response = shop.get(&shop.at(path)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.text().await.unwrap()
}

async fn play(shop: &Shop, body: Value) -> (StatusCode, Value) {
    let call = shop.request(Method::POST, "/_sandbox/payer").json(&body);
    let response = call.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn status(shop: &Shop, tid: &str) -> String {
    let (_, body) = shop.call("order", &order(tid)).await;
    text(&body["status"])
}

#[tokio::test]
async fn a_method_that_fails_says_so_at_approve_and_leaves_the_payment_failed() {
    let shop = Shop::open().await;
    for (script, code) in [
        ("short_of_balance", "8008"),
        ("card_refused", "CARD_REFUSED"),
    ] {
        let (tid, token) = shop.authenticated(script).await;
        let ask = approve(&tid, &token, json!({}));
        let (answered, body) = shop.call("approve", &ask).await;
        assert_eq!(answered, StatusCode::BAD_REQUEST);
        assert_eq!(body["error_code"], -780);
        assert_eq!(body["extras"]["method_result_code"], code);
        assert!(!text(&body["extras"]["method_result_message"]).is_empty());
        assert_eq!(status(&shop, &tid).await, "FAIL_PAYMENT");
        assert_eq!(shop.refused("approve", &ask).await.1, -783);
        assert_eq!(shop.record(&tid).approvals, 0);
    }
}

#[tokio::test]
async fn a_payer_locked_by_another_payment_can_be_approved_at_the_second_try() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("locked").await;
    let ask = approve(&tid, &token, json!({}));
    let (_, body) = shop.call("approve", &ask).await;
    assert_eq!(body["extras"]["method_result_code"], "USER_LOCKED");
    assert_eq!(status(&shop, &tid).await, "AUTH_PASSWORD");
    let (answered, _) = shop.call("approve", &ask).await;
    assert_eq!(answered, StatusCode::OK);
    assert_eq!(shop.record(&tid).approvals, 1);
}

#[tokio::test]
async fn a_bank_that_says_nothing_has_paid_although_approve_says_no() {
    let shop = Shop::open().await;
    let (tid, token) = shop.authenticated("bank_unknown").await;
    let ask = approve(&tid, &token, json!({}));
    let (_, body) = shop.call("approve", &ask).await;
    assert_eq!(body["error_code"], -780);
    assert_eq!(body["extras"]["method_result_code"], "BANK_FIRM_UNKNOWN");
    assert_eq!(status(&shop, &tid).await, "SUCCESS_PAYMENT");
    assert_eq!(shop.refused("approve", &ask).await.1, -702);
    assert_eq!(shop.record(&tid).approvals, 1);
}

#[tokio::test]
async fn a_password_that_is_wrong_five_times_ends_the_payment_on_the_page() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let base = format!("/pay/mockup/{}", page(&ready));
    html(&shop, &base).await;
    submit(&shop, &format!("{base}/outcome"), "outcome=wrong_password").await;
    submit(&shop, &format!("{base}/method"), "method=shinhan").await;
    for wrong in 1..5 {
        let to = submit(&shop, &format!("{base}/authenticate"), "").await;
        let told = html(&shop, &to).await;
        assert!(told.contains("wrong-password") && told.contains(&format!("({wrong}/5)")));
    }
    let to = submit(&shop, &format!("{base}/authenticate"), "").await;
    assert_eq!(to, "https://shop.example/fail");
    let tid = text(&ready["tid"]);
    assert_eq!(status(&shop, &tid).await, "FAIL_AUTH_PASSWORD");
    assert!(html(&shop, &base).await.contains("closed-failed"));
}

#[tokio::test]
async fn a_payer_who_does_not_come_back_has_no_address() {
    let shop = Shop::open().await;
    for (script, reached) in [
        ("closes_window", "SELECT_METHOD"),
        ("never_returns", "AUTH_PASSWORD"),
    ] {
        let tid = text(&shop.ready().await["tid"]);
        let (answered, body) = play(&shop, json!({ "tid": tid, "script": script })).await;
        assert_eq!(
            (answered, &body["redirect_to"]),
            (StatusCode::OK, &Value::Null)
        );
        assert_eq!(status(&shop, &tid).await, reached);
        let tid = text(&shop.ready().await["tid"]);
        assert_eq!(shop.sandbox.perform(&tid, script), Ok(None));
        let tid = text(&shop.ready().await["tid"]);
        let played = shop.sandbox.play(&tid, script);
        assert_eq!(played, Err(PlayError::NeverReturns));
    }
}

#[tokio::test]
async fn a_payer_in_the_last_second_is_in_time_and_the_next_second_is_too_late() {
    let shop = Shop::repeatable().await;
    let (tid, token) = shop.authenticated("pays_at_14_59").await;
    let (answered, body) = shop
        .call("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(answered, StatusCode::OK);
    assert_eq!(body["created_at"], "2024-07-30T20:50:27");
    assert_eq!(body["approved_at"], "2024-07-30T21:05:26");

    let (tid, token) = shop.authenticated("pays_at_14_59").await;
    shop.sandbox
        .advance_clock(std::time::Duration::from_secs(1));
    let late = shop
        .refused("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(late.1, -723);
}

#[tokio::test]
async fn the_sandbox_visits_a_shop_on_this_machine_when_asked_and_no_other() {
    let shop = Shop::open().await;
    let here = shop
        .ready_with(json!({ "approval_url": shop.at("/") }))
        .await;
    let ask = json!({ "tid": here["tid"], "script": "pays_by_card", "follow": true });
    let (answered, body) = play(&shop, ask).await;
    assert_eq!(answered, StatusCode::OK);
    assert!(text(&body["redirect_to"]).contains("pg_token="));
    assert_eq!(
        body["followed"],
        json!({ "status": 200, "location": null, "address": shop.at("/_sandbox/"), "redirects": 1 })
    );

    let elsewhere = shop.ready().await;
    let ask = json!({ "tid": elsewhere["tid"], "script": "pays_by_card", "follow": true });
    let (answered, body) = play(&shop, ask).await;
    assert_eq!(answered, StatusCode::BAD_GATEWAY);
    assert!(text(&body["error"]).contains("http://"));
}

#[tokio::test]
async fn a_message_reaches_the_test_phone_and_the_pc_page_goes_on_once_it_is_paid() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let (tid, name) = (text(&ready["tid"]), page(&ready));
    let form = "phone=010-1234-5678&birth=900101";
    let pc = submit(&shop, &format!("/pay/mockup/{name}/message"), form).await;
    assert_eq!(status(&shop, &tid).await, "SEND_TMS");
    assert!(html(&shop, &pc).await.contains("message-sent"));

    let other = html(&shop, "/_sandbox/phone?number=010-9999-9999").await;
    assert!(!other.contains("message-pay"));
    let phone = html(&shop, "/_sandbox/phone?number=010-1234-5678").await;
    let pay = format!("/pay/mockup/{name}?via=qr");
    assert!(phone.contains(&pay) && phone.contains("초코파이") && phone.contains("2,200원"));

    html(&shop, &pay).await;
    let base = format!("/pay/mockup/{name}");
    submit(&shop, &format!("{base}/method?via=qr"), "method=money").await;
    let stays = submit(&shop, &format!("{base}/authenticate?via=qr"), "").await;
    assert!(html(&shop, &stays).await.contains("closed-authenticated"));
    let onward = shop.get(&shop.at(&format!("{base}/onward?page=pc"))).await;
    let token = pg_token(&location(&onward));
    let (answered, _) = shop
        .call("approve", &approve(&tid, &token, json!({})))
        .await;
    assert_eq!(answered, StatusCode::OK);
    let phone = html(&shop, "/_sandbox/phone?number=010-1234-5678").await;
    assert!(!phone.contains("message-pay"), "the request is over");
}

#[tokio::test]
async fn a_number_decides_how_its_payer_ends_and_a_wrong_one_is_told() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let message = format!("/pay/mockup/{}/message", page(&ready));
    for (phone, birth, told) in [
        ("02-123-4567", "900101", "휴대전화 번호를 다시"),
        ("010-1234-5678", "1990", "생년월일 여섯 자리"),
        ("010-0000-0009", "900101", "등록되지 않은 번호"),
    ] {
        let to = submit(&shop, &message, &format!("phone={phone}&birth={birth}")).await;
        assert!(html(&shop, &to).await.contains(told), "{phone}");
    }
    let tid = text(&ready["tid"]);
    assert_eq!(status(&shop, &tid).await, "READY");
    submit(&shop, &message, "phone=010-0000-0002&birth=900101").await;
    assert_eq!(shop.record(&tid).outcome, "short_of_balance");
}

#[tokio::test]
async fn a_person_in_a_hurry_ends_a_payment_at_once() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let to = submit(
        &shop,
        &format!("/pay/mockup/{}/play", page(&ready)),
        "script=pays_by_card",
    )
    .await;
    assert!(to.starts_with("https://shop.example/approve?pg_token="));
}

#[tokio::test]
async fn a_payer_who_comes_back_elsewhere_is_shown_the_address_instead_of_sent_there() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let play = format!("/pay/mockup/{}/play", page(&ready));
    let to = submit(&shop, &play, "script=returns_elsewhere").await;
    let shown = html(&shop, &to).await;
    let (_, after) = shown.split_once("pg_token=").unwrap();
    let token = &after[..20];
    let ask = approve(&text(&ready["tid"]), token, json!({}));
    assert_eq!(shop.call("approve", &ask).await.0, StatusCode::OK);

    let ready = shop.ready().await;
    let play = format!("/pay/mockup/{}/play", page(&ready));
    let to = submit(&shop, &play, "script=never_returns").await;
    let shown = html(&shop, &to).await;
    assert!(shown.contains("stays-away") && !shown.contains("pg_token="));
}

#[tokio::test]
async fn the_app_page_shows_the_intent_address_too() {
    let shop = Shop::open().await;
    let ready = shop.ready().await;
    let shown = shop.get(&text(&ready["next_redirect_app_url"])).await;
    let shown = shown.text().await.unwrap();
    assert!(shown.contains("href=\"intent://kakaopay/pg?url="));
    assert!(shown.contains("#Intent;scheme=kakaotalk;package=com.kakao.talk;end"));
}

#[tokio::test]
async fn a_mistake_is_explained_in_the_journal_with_its_fix() {
    let shop = Shop::open().await;
    let no_tax_free = chocopie(json!({ "tax_free_amount": null }));
    shop.call("ready", &no_tax_free).await;
    let by_mail = chocopie(json!({ "partner_user_id": "kim@example.com" }));
    shop.call("ready", &by_mail).await;
    let (tid, token) = shop.authenticated("pays_by_card").await;
    let stranger = approve(&tid, &token, json!({ "partner_order_id": "order-2" }));
    shop.call("approve", &stranger).await;
    let entries = shop.entries().await;
    let names: Vec<_> = entries
        .iter()
        .map(|entry| &entry["advice"][0]["name"])
        .collect();
    assert_eq!(
        json!(names),
        json!([
            "no_tax_free_amount",
            "personal_data",
            null,
            "order_id_differs"
        ])
    );
    assert_eq!(entries[3]["tid"], tid);
    assert_eq!(entries[3]["error_code"], -706);
    assert!(text(&entries[0]["advice"][0]["ko"]).contains("tax_free_amount"));
}
