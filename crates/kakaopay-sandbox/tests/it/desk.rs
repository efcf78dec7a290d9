//! The tester's pages, by links and forms alone, and what keeps them up to date.

use std::time::Duration;

use kakaopay_sandbox::{Endpoint, Fault, FaultKind};
use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, cancel, chocopie, text};

async fn html(shop: &Shop, path: &str) -> String {
    let response = shop.get(&shop.at(path)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let policy = response.headers()["content-security-policy"].to_str();
    let policy = policy.unwrap().to_owned();
    for part in [
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let page = response.text().await.unwrap();
    assert!(!page.contains("style=\"") && !page.contains("onclick"));
    page
}

async fn post(shop: &Shop, path: &str, form: &str) -> Response {
    shop.request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
        .send()
        .await
        .unwrap()
}

async fn submit(shop: &Shop, path: &str, form: &str) -> String {
    let response = post(shop, path, form).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_payments_page_shows_its_ledger_its_calls_and_the_advice_on_them() {
    let shop = Shop::open().await;
    let tid = shop.approved(json!({})).await;
    shop.call("cancel", &cancel(&tid, 1100, json!({}))).await;
    shop.call("cancel", &cancel(&tid, 5000, json!({}))).await;
    shop.ready_with(json!({ "partner_order_id": "another" }))
        .await;
    let page = html(&shop, &format!("/_sandbox/payments/{tid}/page")).await;
    for part in [
        "+2,200원",
        "−1,100원",
        "PART_CANCEL_PAYMENT",
        "data-advice=\"above_available\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("data-testid=\"call\"").count(), 4);
    assert!(!page.contains("another"));
    let missing = shop.get(&shop.at("/_sandbox/payments/T0/page")).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_filter_finds_by_order_endpoint_and_ending() {
    let shop = Shop::open().await;
    shop.ready_with(json!({ "partner_order_id": "apple-1" }))
        .await;
    shop.ready_with(json!({ "partner_order_id": "pear-2" }))
        .await;
    let wrong = chocopie(json!({ "partner_order_id": "plum-3", "quantity": 0 }));
    shop.call("ready", &wrong).await;
    for (query, payments, calls) in [
        ("", 2, 3),
        ("?q=apple", 1, 1),
        ("?q=PEAR", 1, 1),
        ("?q=ready", 2, 0),
        ("?ended=refused", 2, 1),
        ("?ended=advised&q=plum", 0, 1),
        ("?endpoint=approve", 2, 0),
        ("?endpoint=ready&ended=accepted", 2, 2),
    ] {
        let page = html(&shop, &format!("/_sandbox/{query}")).await;
        let count = |id: &str| page.matches(&format!("data-testid=\"{id}\"")).count();
        assert_eq!(
            (count("payment"), count("call")),
            (payments, calls),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_a_client_sent_is_shown_as_text_with_its_secrets_masked() {
    let shop = Shop::open().await;
    let order_id = "<img src=x onerror=alert(1)>";
    shop.ready_with(json!({ "partner_order_id": order_id, "cid_secret": null }))
        .await;
    let (_, token) = shop.authenticated("pays_by_card").await;
    let page = html(&shop, "/_sandbox/").await;
    assert!(!page.contains("<img") && page.contains("&#60;img"));
    assert!(page.contains("curl -X POST") && page.contains("SECRET_KEY ***"));
    assert!(!page.contains("DEV0000") && !page.contains(&token));
}

#[tokio::test]
async fn a_call_is_sent_again_as_it_came() {
    let shop = Shop::with(kakaopay_sandbox::Sandbox::builder().secret_key("DEV0000")).await;
    shop.ready().await;
    let back = "back=/_sandbox/?q=order-1";
    let to = submit(&shop, "/_sandbox/journal/1/resend", back).await;
    assert_eq!(to, "/_sandbox/?q=order-1");
    let entries = shop.entries().await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["number"], 2);
    assert_eq!(entries[1]["status"], 200, "the key was right again");
    assert_eq!(entries[0]["body"], entries[1]["body"]);
    assert_ne!(entries[0]["tid"], entries[1]["tid"]);
    let nothing = post(&shop, "/_sandbox/journal/9/resend", "back=/_sandbox/").await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_leads_back_to_these_pages_only_and_no_other_site_can_send_one() {
    let shop = Shop::open().await;
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
    ] {
        let form = format!("do=minute&back={elsewhere}");
        assert_eq!(
            submit(&shop, "/_sandbox/do/clock", &form).await,
            "/_sandbox/"
        );
    }
    let foreign = shop
        .request(Method::POST, "/_sandbox/do/clock")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("do=lifetime&back=/_sandbox/");
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn faults_are_switched_on_and_cleared_by_forms() {
    let shop = Shop::open().await;
    let form = "endpoint=order&fault=delay_before&times=3&delay_ms=50&order_id=o-1&tid=&probability=&error_code=&takes_effect=&back=/_sandbox/";
    submit(&shop, "/_sandbox/do/fault", form).await;
    let asked = Fault::new(Endpoint::Order, FaultKind::DelayBefore);
    let asked = Fault {
        order_id: Some("o-1".to_owned()),
        ..asked.times(3).delay_ms(50)
    };
    assert_eq!(shop.sandbox.faults(), [asked]);
    let page = html(&shop, "/_sandbox/").await;
    assert!(page.contains("order · delay_before ×3") && page.contains("order_id=o-1"));
    let wrong = post(
        &shop,
        "/_sandbox/do/fault",
        "endpoint=order&fault=dances&back=/_sandbox/",
    )
    .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    submit(&shop, "/_sandbox/do/clear", "back=/_sandbox/").await;
    assert!(shop.sandbox.faults().is_empty());
}

#[tokio::test]
async fn the_clock_is_moved_stopped_and_reset_by_forms_and_by_json() {
    let shop = Shop::repeatable().await;
    let clock = |form: &'static str| submit(&shop, "/_sandbox/do/clock", form);
    clock("do=minute&back=/_sandbox/").await;
    clock("do=lifetime&back=/_sandbox/").await;
    let page = html(&shop, "/_sandbox/").await;
    assert!(page.contains("2024-07-30 21:06:27") && page.contains("+16:00"));
    clock("do=reset&back=/_sandbox/").await;
    assert!(
        html(&shop, "/_sandbox/")
            .await
            .contains("2024-07-30 20:50:27")
    );
    clock("do=run&back=/_sandbox/").await;
    clock("do=freeze&back=/_sandbox/").await;

    let wind = |body: Value| {
        let call = shop.request(Method::POST, "/_sandbox/clock").json(&body);
        async { call.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let told = wind(json!({ "set": "2030-01-01T00:00:00Z", "advance_s": 60 })).await;
    assert_eq!(told["now"], "2030-01-01T00:01:00Z");
    assert_eq!(told["frozen"], true);
    assert_eq!(wind(json!({ "frozen": false })).await["frozen"], false);
    let told = wind(json!({ "reset": true })).await;
    assert_eq!(told["now"], "2024-07-30T11:50:27Z");
}

#[tokio::test]
async fn a_payer_is_played_from_the_payments_page() {
    let shop = Shop::open().await;
    let tid = text(&shop.ready().await["tid"]);
    let page = format!("/_sandbox/payments/{tid}/page");
    assert!(html(&shop, &page).await.contains("data-testid=\"play\""));
    let form = format!("tid={tid}&script=quits&back={page}");
    assert_eq!(submit(&shop, "/_sandbox/do/play", &form).await, page);
    let shown = html(&shop, &page).await;
    assert!(shown.contains("QUIT_PAYMENT") && !shown.contains("data-testid=\"play\""));
}

#[tokio::test]
async fn an_open_page_is_told_of_a_call_and_of_a_payers_move_and_the_stream_ends_with_the_sandbox()
{
    let shop = Shop::open().await;
    let mut stream = shop.get(&shop.at("/_sandbox/live")).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(heard(&mut stream).await, "retry: 1000\n\n");
    let tid = text(&shop.ready().await["tid"]);
    assert!(heard(&mut stream).await.contains("event: change"));
    shop.sandbox.play(&tid, "quits").unwrap();
    assert!(heard(&mut stream).await.contains("event: change"));
    shop.sandbox.stop().await;
    let end = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
    assert!(matches!(end, Ok(Ok(None) | Err(_))));
}

async fn heard(stream: &mut Response) -> String {
    let next = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
    let next = next.unwrap().unwrap().unwrap();
    String::from_utf8(next.to_vec()).unwrap()
}

#[tokio::test]
async fn every_fault_is_told_in_korean_and_english() {
    let shop = Shop::open().await;
    let page = html(&shop, "/_sandbox/").await;
    let listed: Value = shop
        .get(&shop.at("/_sandbox/faults"))
        .await
        .json()
        .await
        .unwrap();
    let kinds = listed["kinds"].as_array().unwrap();
    assert_eq!(kinds.len(), FaultKind::ALL.len());
    for kind in kinds {
        let [name, en, ko] = ["fault", "does", "does_ko"].map(|part| text(&kind[part]));
        assert!(page.contains(&format!("<option value=\"{name}\">{ko} · {name}</option>")));
        assert!(page.contains(&en.replace('\'', "&#39;")), "{en}");
    }
}
