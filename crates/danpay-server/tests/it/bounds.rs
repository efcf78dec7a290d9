//! Nothing from outside is believed without bounds: a KakaoPay that answers with monsters.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Payment, World, order, read};

/// What KakaoPay says to the calls, by their names, and where it was told to send the payer last.
#[derive(Clone)]
struct Liar {
    says: Arc<Mutex<Value>>,
    approval_url: Arc<Mutex<String>>,
}

impl Liar {
    fn says(&self, call: &str, status: u16, headers: &Value, body: &Value) {
        let answer = json!({ "status": status, "headers": headers, "body": body });
        self.says.lock().unwrap()[call] = answer;
    }

    /// The payer of the payment that was made last comes back.
    async fn brings_back(&self, world: &World) {
        let address = self.approval_url.lock().unwrap().clone();
        world
            .visit(&format!("{address}?pg_token=0123456789abcdef0123"))
            .await;
    }

    fn ready(&self, more: &Value) {
        let page = |device: &str| format!("http://localhost/{device}");
        let mut body = json!({
            "tid": "T0000000000000000001", "created_at": "2026-11-26T12:00:00",
            "next_redirect_pc_url": page("pc"), "next_redirect_mobile_url": page("mobile"),
            "next_redirect_app_url": page("app"),
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.says("ready", 200, &json!({}), &body);
    }

    fn approves(&self, payment: &Payment, more: &Value) {
        let mut body = json!({
            "aid": "A0000000000000000001", "tid": payment.tid(), "cid": "TC0ONETIME",
            "partner_order_id": payment.0["order_id"], "partner_user_id": "member-1",
            "payment_method_type": "MONEY", "item_name": "초코파이", "quantity": 1,
            "amount": { "total": 2200, "tax_free": 0, "vat": 200, "point": 0, "discount": 0,
                        "green_deposit": 0 },
            "created_at": "2026-11-26T12:00:00", "approved_at": "2026-11-26T12:01:00",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.says("approve", 200, &json!({}), &body);
    }
}

async fn answer(State(liar): State<Liar>, Path(call): Path<String>, body: String) -> Response {
    let asked: Value = serde_json::from_str(&body).unwrap();
    if let Some(url) = asked["approval_url"].as_str() {
        url.clone_into(&mut liar.approval_url.lock().unwrap());
    }
    let answer = liar.says.lock().unwrap()[&call].clone();
    let status = answer["status"].as_u64().unwrap_or(503);
    let status = axum::http::StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
    let json = [("content-type", "application/json")];
    let mut response = (status, json, answer["body"].to_string()).into_response();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = value.as_str().unwrap().parse().unwrap();
        response.headers_mut().insert(name, value);
    }
    response
}

async fn lied_to() -> (World, Liar) {
    let liar = Liar {
        says: Arc::new(Mutex::new(json!({}))),
        approval_url: Arc::default(),
    };
    let router = Router::new()
        .route("/online/v1/payment/{call}", axum::routing::post(answer))
        .with_state(liar.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let world = World::with(|config| config.kakaopay_base_url = url).await;
    liar.ready(&json!({}));
    (world, liar)
}

fn seconds_between(earlier: &Value, later: &Value) -> i64 {
    let at = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    at(later).duration_since(at(earlier)).as_secs()
}

#[tokio::test]
async fn a_payment_is_open_for_fifteen_minutes_by_our_clock_whatever_kakaopays_says() {
    let (world, liar) = lied_to().await;
    for (number, created_at) in [
        "9999-12-31T23:59:59",
        "2000-01-01T00:00:00",
        "2100-01-01T00:00:00",
    ]
    .into_iter()
    .enumerate()
    {
        let tid = format!("T{number:019}");
        liar.ready(&json!({ "created_at": created_at, "tid": tid }));
        let before = world.sandbox.clock()();
        let payment = world.create(json!({})).await;
        let (created, expires) = (&payment.0["created_at"], &payment.0["expires_at"]);
        assert_eq!(seconds_between(created, expires), 900, "{created_at}");
        let drift = seconds_between(&json!(before), created);
        assert!((0..5).contains(&drift), "{created_at}: {drift}");
        assert_eq!(world.payment(payment.id()).await.0, payment.0);
    }
}

#[tokio::test]
async fn a_redirect_is_kept_as_an_address_or_not_at_all() {
    let (world, liar) = lied_to().await;
    liar.ready(&json!({ "next_redirect_pc_url": "http://localhost\\pc\r\nSet-Cookie: a=b" }));
    let payment = world.create(json!({})).await;
    let shown = world.visit(payment.checkout_url()).await;
    let location = shown.onward();
    assert!(location.starts_with("http://localhost/pc"), "{location}");
    assert!(location.is_ascii() && !location.contains(['\\', ' ', '\r', '\n']));
    for (number, foreign) in [
        "https://evil.example/pay",
        "javascript:alert(1)",
        "http://localhost@evil.example/",
        "",
        &format!("http://localhost/{}", "x".repeat(3_000)),
    ]
    .into_iter()
    .enumerate()
    {
        liar.ready(&json!({ "next_redirect_app_url": foreign, "tid": format!("T{number:019}") }));
        let request = world.request(Method::POST, "/v1/payments");
        let body = order(json!({ "order_id": format!("foreign-{number}") }));
        let (status, problem) = read(request.json(&body).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{foreign}");
        assert_eq!(problem["code"], "kakaopay_no_answer", "{foreign}");
    }
}

#[tokio::test]
async fn a_number_of_a_payment_that_cannot_be_one_makes_no_payment() {
    let (world, liar) = lied_to().await;
    for tid in ["T".repeat(65), "T1\r\nX: y".to_owned(), "T".repeat(800_000)] {
        liar.ready(&json!({ "tid": tid }));
        let request = world.request(Method::POST, "/v1/payments");
        let (status, problem) = read(request.json(&order(json!({}))).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
        assert_eq!(problem["code"], "kakaopay_no_answer");
    }
    let request = world.request(Method::GET, "/v1/payments");
    let (_, list) = read(request.send().await.unwrap()).await;
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn an_approval_is_booked_without_what_is_too_long_in_it() {
    let (world, liar) = lied_to().await;
    let payment = world.create(json!({ "approval": "automatic" })).await;
    let monster = "가".repeat(50_000);
    liar.approves(
        &payment,
        &json!({
            "aid": "A".repeat(800_000), "approved_at": "9999-12-31T23:59:59",
            "payment_method_type": "X".repeat(1_000),
            "card_info": { "card_type": monster, "bin": "111111" },
        }),
    );
    liar.says("order", 503, &json!({}), &json!({}));
    liar.brings_back(&world).await;
    let approved = world.payment(payment.id()).await.0;
    assert_eq!(approved["status"], "approved");
    for left_out in ["aid", "approved_at", "payment_method_type"] {
        assert_eq!(approved[left_out], Value::Null, "{left_out}");
    }
    assert_eq!(approved["card_info"]["bin"], "111111");
    assert_eq!(approved["card_info"]["card_type"], Value::Null);
    let events = json!(world.history(payment.id())).to_string();
    assert!(events.len() < 40_000, "{}", events.len());
}

#[tokio::test]
async fn kakaopay_is_left_alone_for_ten_minutes_at_most() {
    let (world, liar) = lied_to().await;
    let payment = world.create(json!({})).await;
    for wait in ["3000000000", "99999999999999999999999999"] {
        let quota = json!({ "error_code": -429, "error_message": "quota" });
        liar.says("order", 429, &json!({ "retry-after": wait }), &quota);
        let recover = || world.act(&payment, "recover", "", Value::Null);
        recover().await;
        liar.says("ready", 429, &json!({ "retry-after": wait }), &quota);
        let request = world.request(Method::POST, "/v1/payments");
        let body = order(json!({ "order_id": wait }));
        let refused = request.json(&body).send().await.unwrap();
        let told: u64 = refused.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(told <= 601, "{told}");
        // Then it is asked again.
        let quit = json!({
            "tid": payment.tid(), "cid": "TC0ONETIME", "status": "READY",
            "partner_order_id": payment.0["order_id"], "partner_user_id": "member-1",
            "item_name": "초코파이", "quantity": 1,
        });
        liar.says("order", 200, &json!({}), &quit);
        liar.ready(&json!({ "tid": format!("T{:0>19}", wait.len()) }));
        world.sandbox.advance_clock(Duration::from_secs(601));
        let request = world.request(Method::POST, "/v1/payments");
        let body = order(json!({ "order_id": format!("{wait} again") }));
        let created = request.json(&body).send().await.unwrap();
        assert_eq!(created.status(), StatusCode::CREATED);
    }
}
