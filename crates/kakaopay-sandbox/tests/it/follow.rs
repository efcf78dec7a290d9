//! A scripted payer whose browser the sandbox is (`follow`): where it ends, and what is told when the
//! one who is asked cannot be reached.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};

use crate::support::{Shop, approve, pg_token, text};

async fn follow(shop: &Shop, addresses: Value) -> (StatusCode, Value) {
    let tid = text(&shop.ready_with(addresses).await["tid"]);
    let play = json!({ "tid": tid, "script": "pays_by_card", "follow": true });
    let call = shop.request(Method::POST, "/_sandbox/payer").json(&play);
    let response = call.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// An address that is taken, so that nobody else gets it, and where nobody answers yet.
fn closed() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

/// What an error may repeat of an address: who was asked, and nothing of what for.
fn assert_names_only(error: &Value, addr: SocketAddr, token: &str) {
    let error = text(error);
    assert!(error.contains(&format!("http://{addr} ")), "{error}");
    for kept in ["pg_token", token, "the shop", "/ok"] {
        assert!(!error.contains(kept), "{kept} in: {error}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_is_told_and_can_be_opened_later() {
    let shop = Shop::open().await;
    let (socket, addr) = closed();
    let url = json!({ "approval_url": format!("http://{addr}/ok") });
    let tid = text(&shop.ready_with(url).await["tid"]);
    let play = json!({ "tid": tid, "script": "pays_by_card", "follow": true });
    let play = || shop.request(Method::POST, "/_sandbox/payer").json(&play);
    let answered = play().send().await.unwrap();
    assert_eq!(answered.status(), StatusCode::BAD_GATEWAY);
    let body: Value = answered.json().await.unwrap();
    let back = text(&body["redirect_to"]);
    let token = pg_token(&back);
    assert_names_only(&body["error"], addr, &token);
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["redirect_to", "error"]);
    // Twice is refused: the address above is the only way back.
    let again = play().send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);

    let app = axum::Router::new().route("/ok", axum::routing::get(|| async { "thanks" }));
    let listener = socket.listen(16).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    assert_eq!(shop.get(&back).await.status(), StatusCode::OK);
    let ask = approve(&tid, &token, json!({}));
    assert_eq!(shop.call("approve", &ask).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_one_who_was_asked_last_is_named_and_the_first_address_is_told() {
    let shop = Shop::open().await;
    let (_taken, down) = closed();
    let to = format!("http://{down}/ok?pg_token=of-another-hop");
    let app = axum::Router::new().route(
        "/ok",
        axum::routing::get(|| async move { axum::response::Redirect::to(&to) }),
    );
    let at = serve(app).await;
    let (status, body) = follow(&shop, json!({ "approval_url": format!("{at}/ok") })).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(text(&body["redirect_to"]).starts_with(&format!("{at}/ok?pg_token=")));
    assert_names_only(&body["error"], down, "of-another-hop");
}

#[tokio::test]
async fn a_second_address_that_cannot_be_reached_hides_nothing_of_the_first() {
    let shop = Shop::open().await;
    let (_taken, down) = closed();
    let app = axum::Router::new().route("/ok", axum::routing::get(|| async { "thanks" }));
    let at = serve(app).await;
    let cancel_url = format!("http://{down}/cancel");
    let fault = json!({ "endpoint": "payer", "fault": "cancel_redirect_after_pay" });
    let call = shop.request(Method::POST, "/_sandbox/faults").json(&fault);
    assert_eq!(call.send().await.unwrap().status(), StatusCode::CREATED);
    let addresses = json!({ "approval_url": format!("{at}/ok"), "cancel_url": cancel_url });
    let (status, body) = follow(&shop, addresses).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    let back = text(&body["redirect_to"]);
    assert_eq!(body["then"], cancel_url);
    assert_eq!(body["followed"]["address"], back);
    assert_names_only(&body["error"], down, &pg_token(&back));
}

/// It was reached and may have taken the money: that is another matter than one who is down.
#[tokio::test]
async fn one_who_breaks_off_was_reached_and_is_named() {
    let shop = Shop::open().await;
    for resets in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert!(read > 0);
            if resets {
                stream.set_zero_linger().unwrap();
            }
        });
        let (status, body) = follow(
            &shop,
            json!({ "approval_url": format!("http://{addr}/ok") }),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
        let token = pg_token(&text(&body["redirect_to"]));
        assert_names_only(&body["error"], addr, &token);
        let error = text(&body["error"]);
        assert!(!error.contains("could not be reached"), "{error}");
    }
}

#[tokio::test]
async fn an_address_that_is_not_followed_is_told_all_the_same() {
    let shop = Shop::open().await;
    for (address, who) in [
        ("https://shop.example/ok", "https://shop.example:443 "),
        ("http://user:hidden@10.0.0.1/ok", "http://10.0.0.1:80 "),
        ("myshop://approve/ok", "myshop://approve "),
    ] {
        let (status, body) = follow(&shop, json!({ "approval_url": address })).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
        let back = text(&body["redirect_to"]);
        assert_eq!(back, format!("{address}?pg_token={}", pg_token(&back)));
        let error = text(&body["error"]);
        assert!(error.starts_with(who), "{error}");
        for kept in ["pg_token", "hidden", "/ok"] {
            assert!(!error.contains(kept), "{kept} in: {error}");
        }
    }
}

/// A shop that answers the payer with redirects of its own.
async fn shop_that_redirects() -> String {
    let app = axum::Router::new()
        .route(
            "/ok",
            axum::routing::get(|| async { axum::response::Redirect::to("/orders/1") }),
        )
        .route(
            "/orders/1",
            axum::routing::get(|| async { axum::response::Redirect::to("done?x=1") }),
        )
        .route("/orders/done", axum::routing::get(|| async { "thanks" }))
        .route(
            "/away",
            axum::routing::get(|| async { axum::response::Redirect::to("https://shop.example/") }),
        )
        .route(
            "/round",
            axum::routing::get(|| async { axum::response::Redirect::to("/round") }),
        );
    serve(app).await
}

async fn serve(app: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{addr}")
}

#[tokio::test]
async fn follow_goes_to_the_end_over_the_shops_own_redirects() {
    let shop = Shop::open().await;
    let at = shop_that_redirects().await;
    let play =
        async |path: &str| follow(&shop, json!({ "approval_url": format!("{at}{path}") })).await;
    let (_, played) = play("/ok").await;
    let end = json!({
        "status": 200, "location": null, "address": format!("{at}/orders/done?x=1"), "redirects": 2,
    });
    assert_eq!(played["followed"], end);
    let (_, played) = play("/away").await;
    assert_eq!(played["followed"]["status"], 303);
    assert_eq!(played["followed"]["location"], "https://shop.example/");
    let (status, refused) = play("/round").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{refused}");
    let back = text(&refused["redirect_to"]);
    assert!(back.starts_with(&format!("{at}/round?pg_token=")), "{back}");
    let error = text(&refused["error"]);
    assert!(error.starts_with(&format!("{at} ")), "{error}");
}
