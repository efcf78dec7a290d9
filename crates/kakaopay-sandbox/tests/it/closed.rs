//! The tester's door is closed to whoever is not meant: other sites, other names, other machines.

use std::net::{Ipv4Addr, UdpSocket};

use kakaopay_sandbox::Sandbox;
use reqwest::header::{HOST, ORIGIN};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Shop, text};

const READS: [&str; 6] = [
    "/_sandbox/",
    "/_sandbox/journal",
    "/_sandbox/payments",
    "/_sandbox/state",
    "/_sandbox/live",
    "/_sandbox/phone",
];

async fn clock(shop: &Shop) -> i64 {
    let clock = shop.get(&shop.at("/_sandbox/clock")).await;
    clock.json::<Value>().await.unwrap()["ahead_s"]
        .as_i64()
        .unwrap()
}

async fn read_as(shop: &Shop, path: &str, host: &str) -> StatusCode {
    let request = shop.request(Method::GET, path).header(HOST, host);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_name_that_was_pointed_here_reads_nothing_and_moves_nothing() {
    let shop = Shop::open().await;
    for path in READS {
        assert_eq!(
            read_as(&shop, path, "evil.example:7702").await,
            403,
            "{path}"
        );
        assert_eq!(read_as(&shop, path, "localhost:7702").await, 200, "{path}");
    }
    for path in [
        "clock",
        "do/clock",
        "faults",
        "state",
        "secret-key",
        "payer",
    ] {
        let call = shop.request(Method::POST, &format!("/_sandbox/{path}"));
        let call = call
            .header(HOST, "evil.example")
            .body(r#"{"advance_s":60}"#);
        assert_eq!(call.send().await.unwrap().status(), 403, "{path}");
    }
    assert_eq!(clock(&shop).await, 0);
}

#[tokio::test]
async fn a_page_of_another_site_moves_no_clock_and_the_desks_own_forms_do() {
    let shop = Shop::open().await;
    let form = |origin: &'static str| {
        shop.request(Method::POST, "/_sandbox/do/clock")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(ORIGIN, origin)
            .body("do=minute&back=/_sandbox/")
            .send()
    };
    for foreign in ["http://evil.example", "null", "https://shop.example"] {
        assert_eq!(form(foreign).await.unwrap().status(), 403, "{foreign}");
    }
    let reset = shop
        .request(Method::DELETE, "/_sandbox/state")
        .header(ORIGIN, "http://evil.example");
    assert_eq!(reset.send().await.unwrap().status(), 403);
    let desk = shop.get(&shop.at("/_sandbox/")).await;
    assert_eq!(desk.headers()["referrer-policy"], "same-origin");
    assert_eq!(form("http://127.0.0.1:7702").await.unwrap().status(), 303);
    assert_eq!(clock(&shop).await, 60);
}

#[tokio::test]
async fn the_public_host_and_allowed_hosts_are_taken() {
    let builder = Sandbox::builder()
        .public_url("https://pay.example/kakao")
        .allow_host("sandbox")
        .allow_host("Other.example:80");
    let shop = Shop::with(builder).await;
    for host in ["pay.example", "sandbox:7702", "other.example", "127.0.0.1"] {
        assert_eq!(
            read_as(&shop, "/_sandbox/journal", host).await,
            200,
            "{host}"
        );
    }
    assert_eq!(
        read_as(&shop, "/_sandbox/journal", "evil.example").await,
        403
    );
    for wrong in ["", "a b", "http://sandbox", "you@sandbox"] {
        let start = Sandbox::builder().allow_host(wrong).start_unbound();
        let told = start.err().unwrap().to_string();
        assert!(told.contains("host"), "{told}");
    }
}

/// An address of this machine that is not loopback; asking for the way sends nothing.
fn outward() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(ip) if !ip.is_loopback() && !ip.is_unspecified() => Some(ip),
        _ => None,
    }
}

#[tokio::test]
async fn on_the_lan_others_open_the_payers_pages_and_never_the_control() {
    let Some(ip) = outward() else {
        // A machine without a network has no others.
        return;
    };
    let listener = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("http://{ip}:{port}");
    let builder = Sandbox::builder().listener(listener).public_url(&url).lan();
    let shop = Shop::with(builder).await;
    let page = text(&shop.ready().await["next_redirect_pc_url"]);
    assert!(page.starts_with(&url), "{page}");
    assert_eq!(shop.get(&page).await.status(), 200);
    for host in [format!("{ip}:{port}"), "localhost".to_owned()] {
        let request = shop
            .http
            .get(format!("{url}/_sandbox/journal"))
            .header(HOST, &host);
        assert_eq!(request.send().await.unwrap().status(), 403, "{host}");
    }
    // From this machine, but under the name that others have for it.
    let here = format!("http://127.0.0.1:{port}/_sandbox/journal");
    let public_name = shop.http.get(&here).header(HOST, format!("{ip}:{port}"));
    assert_eq!(public_name.send().await.unwrap().status(), 403);
    assert_eq!(shop.get(&here).await.status(), 200);
}

#[tokio::test]
async fn the_address_without_its_slash_leads_to_the_desk() {
    let shop = Shop::open().await;
    let response = shop.get(&shop.at("/_sandbox")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "/_sandbox/");
    assert!(shop.entries().await.is_empty());
}

/// A Spring shop sends its key in a header of its own, others put it into the body.
#[tokio::test]
async fn a_key_is_shown_nowhere_wherever_it_came() {
    let shop = Shop::open().await;
    let key = "DEV0123456789ABCDEF0123456789ABCDEF01234";
    for (header, value) in [
        ("SECRET_KEY", key.to_owned()),
        ("Authorisation", format!("SECRET_KEY {key}")),
        ("Authorization", format!("SECRET_KEY{key}")),
        ("Authorization", key.to_owned()),
        ("X-Note", format!("secret_key {key}")),
    ] {
        let body = json!({ "cid": "TC0ONETIME", "secret_key": key, "payload": key });
        let call = shop.request(Method::POST, "/online/v1/payment/order");
        let call = call.header(header, value).json(&body);
        assert_eq!(
            call.send().await.unwrap().status(),
            if header == "Authorization" { 401 } else { 400 }
        );
    }
    for path in ["/_sandbox/journal", "/_sandbox/"] {
        let shown = shop.get(&shop.at(path)).await.text().await.unwrap();
        assert!(!shown.contains("0123456789ABCDEF"), "{path}: {shown}");
        assert!(shown.contains("***"));
    }
}

#[tokio::test]
async fn what_a_tester_says_has_bounds_as_well() {
    let shop = Shop::open().await;
    let name = "x".repeat(101);
    let wallet = shop.request(Method::PUT, &format!("/_sandbox/wallets/{name}"));
    let answer = wallet.json(&json!({ "points": 1 })).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for field in [
        "order_id",
        "tid",
        "method_result_code",
        "method_result_message",
    ] {
        let fault = json!({
            "endpoint": "approve", "fault": "error_code", "error_code": -780, field: "x".repeat(201),
        });
        let call = shop.request(Method::POST, "/_sandbox/faults").json(&fault);
        let status = call.send().await.unwrap().status();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
    }
}
