//! A shop with several contracts with KakaoPay: a payment is made by the one that it names.

use danpay_server::{Account, Admin, Clock, Create, Role, Settings};
use kakaopay_sandbox::Sandbox;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{SECRET_KEY, World, order, read};

const USUAL: &str = "C000000001";
const OTHER: &str = "C000000002";

/// A KakaoPay that knows both contracts, and a server whose second shop has them.
async fn world() -> (Sandbox, World) {
    let sandbox = Sandbox::builder()
        .secret_key(SECRET_KEY)
        .cid("TC0ONETIME")
        .cid(USUAL)
        .cid(OTHER)
        .start()
        .await
        .unwrap();
    let url = sandbox.url().to_owned();
    let mut world = World::with(|config| config.kakaopay_base_url = url).await;
    world.stop().await;
    let clock = Clock::from_fn(world.sandbox.clock());
    let admin = Admin::open(&world.config, clock, Create::No).await.unwrap();
    let account = |cid: &str| Account {
        cid: cid.to_owned(),
        secret_key: SECRET_KEY.into(),
        cid_secret: None,
    };
    let shop = admin
        .add_shop("둘째", account(USUAL), Settings::default())
        .await
        .unwrap();
    admin.put_account(shop, account(OTHER)).await.unwrap();
    let key = admin
        .create_key(shop, "shop", Role::Full, None)
        .await
        .unwrap();
    drop(admin);
    world.start().await;
    key.expose_secret().clone_into(&mut world.api_key);
    (sandbox, world)
}

async fn create(world: &World, key: &str, more: Value) -> (StatusCode, Value) {
    let request = world.request(Method::POST, "/v1/payments");
    let request = request.header("Idempotency-Key", key).json(&order(more));
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_payment_is_made_by_the_contract_that_it_names() {
    let (sandbox, world) = world().await;
    let usual = json!({ "order_id": "1" });
    let (status, payment) = create(&world, "1", usual.clone()).await;
    assert_eq!(
        (status, &payment["cid"]),
        (StatusCode::CREATED, &json!(USUAL)),
        "{payment}"
    );
    let other = json!({ "order_id": "2", "cid": OTHER });
    let (status, payment) = create(&world, "2", other.clone()).await;
    assert_eq!(
        (status, &payment["cid"]),
        (StatusCode::CREATED, &json!(OTHER)),
        "{payment}"
    );

    // It is approved and canceled by the same one.
    let tid = payment["tid"].as_str().unwrap();
    let back = sandbox.play(tid, "pays_by_card").unwrap();
    world.visit(&back).await.onward();
    let approved = world.payment(payment["id"].as_str().unwrap()).await;
    assert_eq!(approved.status(), "approved");
    assert_eq!(approved.0["cid"], OTHER);
    let (status, canceled) = world.cancel(&approved, json!({})).await;
    assert_eq!(
        (status, &canceled["status"]),
        (StatusCode::OK, &json!("canceled"))
    );

    // Which one is named belongs to what was asked.
    let (status, again) = create(&world, "2", other).await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &payment["id"]));
    for (key, more) in [
        ("2", json!({ "order_id": "2" })),
        ("1", json!({ "order_id": "1", "cid": USUAL })),
    ] {
        let (status, problem) = create(&world, key, more).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["code"], "idempotency_key_reused");
    }
    let (status, _) = create(&world, "1", usual).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_contract_that_the_shop_does_not_have_is_named_with_those_that_it_has() {
    let (_sandbox, world) = world().await;
    // The first shop's is not this one's.
    for cid in ["TC0ONETIME", "c000000001", ""] {
        let (status, problem) = create(&world, "1", json!({ "cid": cid })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["code"], "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], "cid");
        for message in ["message", "message_ko"] {
            let message = problem["errors"][0][message].as_str().unwrap();
            assert!(
                message.contains(USUAL) && message.contains(OTHER),
                "{message}"
            );
        }
    }
    let (status, problem) = create(&world, "1", json!({ "cid": 1 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "cid");
    // The key is free.
    let (status, payment) = create(&world, "1", json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{payment}");
}
