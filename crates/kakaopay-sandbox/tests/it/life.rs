//! How a sandbox starts, repeats itself and ends.

use std::time::{Duration, Instant};

use kakaopay_sandbox::{Sandbox, StartError};
use serde_json::json;

use crate::support::{Shop, text};

#[tokio::test]
async fn a_port_in_use_is_told_by_its_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let error = Sandbox::builder().listen(addr).start().await.err().unwrap();
    assert!(matches!(error, StartError::PortInUse { .. }));
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
}

#[tokio::test]
async fn a_listener_that_is_already_bound_is_taken_over() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let shop = Shop::with(Sandbox::builder().listener(listener)).await;
    assert_eq!(shop.sandbox.addr(), addr);
    shop.ready().await;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let shop = Shop::with(Sandbox::builder().listener(listener)).await;
    shop.ready().await;
}

#[tokio::test]
async fn the_public_url_is_where_payers_are_sent() {
    let shop = Shop::with(Sandbox::builder().public_url("https://pay.example/")).await;
    assert_eq!(shop.sandbox.url(), "https://pay.example");
    let pc = text(&shop.ready().await["next_redirect_pc_url"]);
    assert!(
        pc.starts_with("https://pay.example/mockup/bridge/pc/"),
        "{pc}"
    );
    let wrong = Sandbox::builder().public_url("pay.example").start().await;
    assert!(matches!(wrong.err(), Some(StartError::PublicUrl(_))));
}

#[tokio::test]
async fn other_merchant_codes_can_be_accepted_instead() {
    let shop = Shop::with(Sandbox::builder().cid("C123456789").cid("CT12345678")).await;
    for cid in ["C123456789", "CT12345678"] {
        let tid = text(&shop.ready_with(json!({ "cid": cid })).await["tid"]);
        assert_eq!(shop.record(&tid).cid, cid);
        let other = json!({ "cid": if cid == "C123456789" { "CT12345678" } else { "C123456789" }, "tid": tid });
        assert_eq!(shop.refused("order", &other).await.1, -721);
    }
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_journal() {
    let run = async |seed| {
        let at = "2024-07-30T11:50:27Z".parse().unwrap();
        let builder = Sandbox::builder()
            .seed(seed)
            .frozen_at(at)
            .public_url("http://s.example");
        let shop = Shop::with(builder).await;
        shop.approved(json!({})).await;
        let journal = shop.journal().await;
        // The port is chosen by the system.
        journal.replace(&shop.sandbox.addr().to_string(), "sandbox")
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
}

#[tokio::test]
async fn a_stopped_sandbox_gives_its_port_back() {
    let shop = Shop::open().await;
    let addr = shop.sandbox.addr();
    shop.ready().await;
    shop.sandbox.stop().await;
    Sandbox::builder().listen(addr).start().await.unwrap();
}

#[tokio::test]
async fn a_dropped_sandbox_hangs_up() {
    let shop = Shop::open().await;
    shop.ready().await;
    let url = shop.at("/_sandbox/health");
    let Shop { sandbox, http } = shop;
    drop(sandbox);
    let deadline = Instant::now() + Duration::from_secs(30);
    while http.get(&url).send().await.is_ok() {
        assert!(Instant::now() < deadline, "it still answers");
    }
}
