//! Several shops on one server: each with its own keys, its own contract with KakaoPay, its own
//! payments.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use danpay_core::ShopId;
use danpay_server::{Account, Admin, Clock, Create, Role, Settings, StartError, shop_routes};
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PATIENCE, Payment, SECOND_CID, SECRET_KEY, World, order, read};

/// A server with a second shop, which was added while it served.
pub(crate) struct Shops {
    pub(crate) world: World,
    admin: Admin,
    second: ShopId,
    pub(crate) second_key: String,
    /// Of the master key.
    _folder: TempDir,
}

fn master_key(folder: &TempDir, digit: &str) -> PathBuf {
    let file = folder.path().join("master-key");
    let key = format!("danpay-master-key-1:{}", digit.repeat(64));
    std::fs::write(&file, key).unwrap();
    file
}

fn account() -> Account {
    Account {
        cid: SECOND_CID.to_owned(),
        secret_key: SECRET_KEY.into(),
        cid_secret: None,
    }
}

impl Shops {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = master_key(&folder, "a");
        let world = World::with(|config| config.master_key_file = Some(file)).await;
        let clock = Clock::from_fn(world.sandbox.clock());
        let admin = Admin::open(&world.config, clock, Create::No).await.unwrap();
        let settings = Settings {
            return_origins: vec!["https://second.example".to_owned()],
            public_url: Some("https://pay.second.example".to_owned()),
            ..Settings::default()
        };
        let second = admin.add_shop("둘째", account(), settings).await.unwrap();
        let key = admin.create_key(second, "web", Role::Full, None).await;
        Self {
            world,
            second,
            second_key: key.unwrap().expose_secret().to_owned(),
            admin,
            _folder: folder,
        }
    }

    /// A request of the second shop's.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.world.url);
        let request = self.world.http.request(method, url).bearer_auth(key);
        let request = request.header("Idempotency-Key", format!("k-{}", self.world.number()));
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        read(request.send().await.unwrap()).await
    }

    /// When a key was used last, once that is noted.
    async fn used_at(&self, name: &str) -> Timestamp {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let keys = self.admin.keys(self.second).await.unwrap();
            let used = keys.iter().find(|key| key.name == name).unwrap();
            if let Some(used_at) = used.last_used_at {
                return used_at;
            }
            assert!(Instant::now() < deadline, "never");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn create(&self, order_id: &str) -> Payment {
        let body = order(json!({ "order_id": order_id, "return_url": null }));
        let key = &self.second_key;
        let (status, body) = self.ask(Method::POST, "/v1/payments", key, body).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Payment(body)
    }

    async fn paid(&self, payment: &Payment) -> Value {
        let url = self.world.pay(payment);
        // KakaoPay sends the payer where the shop's payers reach the server.
        let path = url.strip_prefix("https://pay.second.example").unwrap();
        self.world
            .visit(&format!("{}{path}", self.world.url))
            .await
            .onward();
        let path = format!("/v1/payments/{}", payment.id());
        let (status, body) = self
            .ask(Method::GET, &path, &self.second_key, Value::Null)
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }
}

#[tokio::test]
async fn two_shops_sell_cancel_and_recover_side_by_side() {
    let shops = Shops::new().await;
    let world = &shops.world;
    // The same order number is another order.
    let ours = world.create(json!({ "order_id": "order-7" })).await;
    let theirs = shops.create("order-7").await;
    assert_eq!(
        (ours.0["cid"].clone(), theirs.0["cid"].clone()),
        (json!("TC0ONETIME"), json!(SECOND_CID))
    );
    assert!(
        theirs
            .checkout_url()
            .starts_with("https://pay.second.example/pay/")
    );
    world.visit(&world.pay(&ours)).await.onward();
    let paid = shops.paid(&theirs).await;
    assert_eq!(paid["status"], "approved");
    assert_eq!(
        world.until(ours.id(), "approved").await.status(),
        "approved"
    );
    let path = format!("/v1/payments/{}/cancel", theirs.id());
    let (status, body) = shops
        .ask(Method::POST, &path, &shops.second_key, json!({}))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["status"], "canceled");
    assert_eq!(world.payment(ours.id()).await.status(), "approved");
    assert_eq!(world.at_kakaopay(&ours).approvals, 1);
    // And each order is charged once in its own shop.
    let again = order(json!({ "order_id": "order-7", "return_url": null }));
    for key in [&world.api_key, &shops.second_key] {
        let (status, body) = shops
            .ask(Method::POST, "/v1/payments", key, again.clone())
            .await;
        assert_eq!(body["code"], "order_already_paid", "{status} {body}");
    }
}

#[tokio::test]
async fn a_key_tells_which_shop_it_opens_and_what_it_may_do() {
    let shops = Shops::new().await;
    let ask = async |key: &str| shops.ask(Method::GET, "/v1/shop", key, Value::Null).await;
    let (status, told) = ask(&shops.second_key).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let expected = json!({
        "id": shops.second.to_string(), "object": "shop", "name": "둘째", "enabled": true,
        "public_url": "https://pay.second.example",
        "accounts": [{ "cid": SECOND_CID, "livemode": true, "default": true }],
        "key": { "name": "web", "role": "full" },
    });
    assert_eq!(told, expected);
    let reads = shops
        .admin
        .create_key(shops.second, "report", Role::Read, None);
    let (_, told) = ask(reads.await.unwrap().expose_secret()).await;
    assert_eq!(told["key"], json!({ "name": "report", "role": "read" }));
    let (_, first) = ask(&shops.world.api_key).await;
    assert_eq!(first["name"], Value::Null);
    let account = json!([{ "cid": "TC0ONETIME", "livemode": false, "default": true }]);
    assert_eq!(first["accounts"], account);
}

#[tokio::test]
async fn nothing_of_one_shop_is_visible_to_another() {
    let shops = Shops::new().await;
    let world = &shops.world;
    let ours = world.create(json!({ "order_id": "order-8" })).await;
    world.visit(&world.pay(&ours)).await.onward();
    world.until(ours.id(), "approved").await;
    let theirs = shops.create("order-8").await;
    for (method, route, _) in shop_routes() {
        let path = route.replace("{id}", ours.id());
        let body = match (method.as_str(), route.contains("{id}")) {
            ("POST", true) => json!({}),
            _ => Value::Null,
        };
        let asked = shops.ask(method.clone(), &path, &shops.second_key, body);
        let (status, body) = asked.await;
        if route.contains("{id}") {
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {route}: {body}");
        } else if method == Method::GET {
            assert_eq!(status, StatusCode::OK, "{method} {route}: {body}");
        }
        let told = body.to_string();
        for secret in [ours.id(), ours.tid()] {
            assert!(!told.contains(secret), "{method} {route}: {told}");
        }
    }
    // A key of theirs under which we asked for something is a key that nobody has used there.
    let create = async |api_key: &str| {
        let url = format!("{}/v1/payments", world.url);
        let request = world.http.post(url).bearer_auth(api_key);
        let body = order(json!({ "order_id": "order-9", "return_url": null }));
        let request = request.header("Idempotency-Key", "one key").json(&body);
        read(request.send().await.unwrap()).await
    };
    let (first, second) = (
        create(&world.api_key).await,
        create(&shops.second_key).await,
    );
    assert_eq!(
        (first.0, second.0),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_ne!(first.1["id"], second.1["id"]);
    let list = "/v1/payments?order_id=order-8";
    let (_, listed) = shops
        .ask(Method::GET, list, &shops.second_key, Value::Null)
        .await;
    let ids: Vec<_> = listed["data"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 1, "{listed}");
    assert_eq!(ids[0]["id"], theirs.id());
}

#[tokio::test]
async fn a_key_may_do_what_its_role_may_and_nothing_else() {
    let shops = Shops::new().await;
    let payment = shops.create("order-10").await;
    for role in [Role::Full, Role::Sell, Role::Read] {
        let name = format!("of the role {}", role.as_str());
        let key = shops
            .admin
            .create_key(shops.second, &name, role, None)
            .await;
        let key = key.unwrap();
        for (method, route, roles) in shop_routes() {
            let path = route.replace("{id}", payment.id());
            let asked = shops.ask(method.clone(), &path, key.expose_secret(), Value::Null);
            let (status, body) = asked.await;
            let may = role == Role::Full || roles.contains(&role);
            let is_refused = status == StatusCode::FORBIDDEN;
            assert_eq!(
                is_refused, !may,
                "{role:?} {method} {route}: {status} {body}"
            );
            assert!(may || body["code"] == "forbidden", "{body}");
        }
    }
}

#[tokio::test]
async fn a_key_is_refused_once_it_is_revoked_or_has_expired() {
    let shops = Shops::new().await;
    let shown = |key: String| {
        let shops = &shops;
        async move {
            let asked = shops.ask(Method::GET, "/v1/payments", &key, Value::Null);
            asked.await
        }
    };
    let now = shops.world.sandbox.clock()();
    let ends = now + Duration::from_mins(10);
    let brief = shops
        .admin
        .create_key(shops.second, "brief", Role::Read, Some(ends))
        .await;
    let brief = brief.unwrap().expose_secret().to_owned();
    let (status, _) = shown(brief.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let revoked = shops.admin.revoke_key(shops.second, "web").await.unwrap();
    assert!(revoked && !shops.admin.revoke_key(shops.second, "app").await.unwrap());
    shops.world.sandbox.advance_clock(Duration::from_secs(4));
    let (status, body) = shown(shops.second_key.clone()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        body["detail_ko"].as_str().unwrap().contains("폐기"),
        "{body}"
    );
    shops.world.sandbox.advance_clock(Duration::from_mins(10));
    let (status, body) = shown(brief).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        body["detail_ko"].as_str().unwrap().contains("만료"),
        "{body}"
    );
    // Its use was noted, to the minute.
    let used_at = shops.used_at("brief").await;
    assert_eq!(used_at.as_second() % 60, 0);
    assert!((used_at - now).abs() <= jiff::SignedDuration::from_mins(1));
}

#[tokio::test]
async fn a_disabled_shop_makes_no_new_payments_and_what_is_under_way_goes_on() {
    let shops = Shops::new().await;
    let payment = shops.create("order-11").await;
    let now = shops.world.sandbox.clock()();
    shops
        .admin
        .update_shop(shops.second, |shop| shop.disabled_at = Some(now))
        .await
        .unwrap();
    shops.world.sandbox.advance_clock(Duration::from_secs(4));
    let body = order(json!({ "order_id": "order-12", "return_url": null }));
    let (status, body) = shops
        .ask(Method::POST, "/v1/payments", &shops.second_key, body)
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("shop_disabled"))
    );
    assert_eq!(shops.paid(&payment).await["status"], "approved");
}

#[tokio::test]
async fn a_secret_key_that_an_operator_replaces_is_used_as_soon_as_the_old_one_is_turned_away() {
    let shops = Shops::new().await;
    let paying = shops.create("order-21").await;
    let new_key = "DEVNEWKEY000000000000000000000000000NEW5";
    shops.world.sandbox.set_secret_key(Some(new_key));
    let body = order(json!({ "order_id": "order-22", "return_url": null }));
    let (_, problem) = shops
        .ask(Method::POST, "/v1/payments", &shops.second_key, body)
        .await;
    assert_eq!(problem["code"], "kakaopay_setup", "{problem}");
    let replaced = Account {
        secret_key: new_key.into(),
        ..account()
    };
    let put = shops.admin.put_account(shops.second, replaced).await;
    put.unwrap();
    shops.create("order-22").await;
    // Who was under way is charged by the new key as well.
    assert_eq!(shops.paid(&paying).await["status"], "approved");
}

#[tokio::test]
async fn payers_are_sent_back_to_the_shops_own_addresses_alone() {
    let shops = Shops::new().await;
    for (url, expected) in [
        ("https://second.example/done", StatusCode::CREATED),
        (
            "https://evil.example/done",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let number = shops.world.number();
        let body = order(json!({ "order_id": format!("back-{number}"), "return_url": url }));
        let asked = shops.ask(Method::POST, "/v1/payments", &shops.second_key, body);
        let (status, body) = asked.await;
        assert_eq!(status, expected, "{body}");
        if expected != StatusCode::CREATED {
            assert_eq!(body["errors"][0]["field"], "return_url", "{body}");
        }
    }
}

#[tokio::test]
async fn secrets_are_sealed_anew_while_it_serves_and_a_lost_master_key_stops_the_start() {
    let mut shops = Shops::new().await;
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let file = shops.world.config.master_key_file.clone().unwrap();
    let write = |keys: &[&str]| {
        let lines = keys
            .iter()
            .map(|key| format!("danpay-master-key-1:{key}\n"));
        std::fs::write(&file, lines.collect::<String>()).unwrap();
    };
    write(&[&new, &old]);
    let clock = Clock::from_fn(shops.world.sandbox.clock());
    let admin = Admin::open(&shops.world.config, clock.clone(), Create::No);
    let admin = admin.await.unwrap();
    assert_eq!(admin.rotate_secrets().await.unwrap(), 1);
    assert_eq!(admin.rotate_secrets().await.unwrap(), 0);
    write(&[&new]);
    shops.world.sandbox.advance_clock(Duration::from_secs(4));
    // It is read again when a secret needs it.
    shops.create("order-13").await;
    shops.world.stop().await;
    write(&[&old]);
    let started = danpay_server::Server::open(&shops.world.config, clock).await;
    let error = started.err().unwrap();
    assert!(matches!(error, StartError::Secret(_)), "{error}");
    let told = error.to_string();
    assert!(
        told.contains("DANPAY_MASTER_KEY_FILE") && !told.contains(&new),
        "{told}"
    );
}

#[tokio::test]
async fn what_an_operator_says_of_a_shop_is_checked() {
    let shops = Shops::new().await;
    let admin = &shops.admin;
    let taken = admin.add_shop("둘째", account(), Settings::default()).await;
    assert!(matches!(taken, Err(StartError::ShopName(_))), "{taken:?}");
    let unnamed = admin.add_shop("\u{200B}", account(), Settings::default());
    assert!(matches!(unnamed.await, Err(StartError::Field(_))));
    let wrong = Account {
        cid: "too long for a merchant code".to_owned(),
        ..account()
    };
    let wrong = admin.add_shop("셋째", wrong, Settings::default()).await;
    assert!(matches!(wrong, Err(StartError::Field(_))), "{wrong:?}");
    let first = admin.first_shop().await.unwrap();
    let settings = admin.update_shop(first, |shop| shop.settings.orders_repeat = true);
    assert!(matches!(settings.await, Err(StartError::FirstShop)));
    let named = admin.update_shop(first, |shop| shop.name = "본점".to_owned());
    named.await.unwrap();
    let unknown = admin.update_shop(shops.second, |shop| shop.settings.cid = "C0".to_owned());
    assert!(matches!(unknown.await, Err(StartError::Field(_))));
    let names: Vec<_> = admin.shops().await.unwrap();
    let names: Vec<_> = names.iter().map(|shop| shop.name.as_str()).collect();
    assert_eq!(names, ["본점", "둘째"]);
}
