//! Whatever is taken can be read again; and a row that cannot be read blocks nothing but itself.

use std::collections::BTreeMap;

use danpay_server::{Clock, Recovered, Server};
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Payment, World, order, read};

/// So many bodies of one run; about one in seven can be taken.
const BODIES: u32 = 200;

/// Texts of all kinds, up to a little more than `max` characters.
fn text(max: usize) -> impl Strategy<Value = String> {
    let length = 1..=max + max / 10;
    let of = |alphabet: &'static str| {
        let chars: Vec<char> = alphabet.chars().collect();
        proptest::collection::vec(proptest::sample::select(chars), length.clone())
            .prop_map(|chars| chars.into_iter().collect::<String>())
    };
    let any = proptest::collection::vec(any::<char>(), length.clone())
        .prop_map(|chars| chars.into_iter().collect::<String>());
    prop_oneof![
        4 => of("초코파이 정情 1박스가나다라마바사"),
        3 => of("abcXYZ 019-_.~"),
        2 => of("%&=?#/\\'\"<>{}[];:,`$|@!*()+^"),
        2 => of("🍫👨❤é́ßŁ中あ\u{FE0F}"),
        1 => of("a\0\n\t\r\u{7F}\u{85}\u{200B}\u{202E}\u{FEFF}"),
        1 => any,
    ]
}

fn return_url() -> impl Strategy<Value = String> {
    let start = proptest::sample::select(vec![
        "https://shop.example/",
        "http://localhost:3000/orders?id=",
        "https://한글.example/주문#",
        "HTTPS://SHOP.example:443/../a//",
    ]);
    prop_oneof![
        (start, text(300)).prop_map(|(start, rest)| format!("{start}{rest}")),
        text(40),
    ]
}

fn amount() -> impl Strategy<Value = Value> {
    // More than danpay takes. Of what it takes the sandbox refuses the most, from a million million KRW on: what
    // KakaoPay takes is not known.
    let too_much = 9_007_199_254_740_992_u64..;
    let total = prop_oneof![1_u64..5, 1_u64..1_000_000, Just(999_999_999), too_much];
    (total, option::of(0_u64..4), option::of(0_u64..4)).prop_map(|(total, tax_free, vat)| {
        // Quarters of the total.
        let part = |quarters: u64| json!(total / 4 * quarters);
        let mut amount = json!({ "total": total });
        for (name, quarters) in [("tax_free", tax_free), ("vat", vat)] {
            if let Some(quarters) = quarters {
                amount[name] = part(quarters);
            }
        }
        amount
    })
}

/// What a shop may send to create a payment.
fn body() -> impl Strategy<Value = Value> {
    let texts = (text(100), text(100), text(100), option::of(text(100)));
    let metadata = option::of(btree_map(text(40), text(500), 0..4));
    let rest = (
        option::of(return_url()),
        amount(),
        0_u64..1_000,
        any::<bool>(),
    );
    (texts, metadata, rest).prop_map(|(texts, metadata, rest)| {
        let (order_id, user_id, item_name, item_code) = texts;
        let (return_url, amount, quantity, by_hand) = rest;
        let optional = [
            ("item_code", item_code.map(Value::from)),
            ("return_url", return_url.map(Value::from)),
            ("metadata", metadata.map(|of: BTreeMap<_, _>| json!(of))),
            ("approval", by_hand.then(|| json!("manual"))),
        ];
        let mut body = json!({
            "order_id": order_id, "user_id": user_id, "item_name": item_name,
            "quantity": quantity, "amount": amount,
        });
        for (name, value) in optional {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        body
    })
}

/// Lets a payment live to its end, and reads it wherever it can be read. Gives its id if it was
/// taken.
async fn live(world: &World, body: &Value) -> Option<String> {
    let known = world.sandbox.payments().len();
    let request = world.request(Method::POST, "/v1/payments").json(body);
    let (status, created) = read(request.send().await.unwrap()).await;
    if status != StatusCode::CREATED {
        assert!(status.is_client_error(), "{status}: {created}");
        assert!(
            !created["errors"].is_null(),
            "names what is wrong: {created}"
        );
        assert_eq!(world.sandbox.payments().len(), known, "KakaoPay was asked");
        return None;
    }
    let payment = Payment(created);
    for name in ["order_id", "user_id", "item_name", "item_code", "quantity"] {
        let asked = &body[name];
        assert_eq!(&payment.0[name], asked, "{name}");
    }
    is_read_everywhere(world, &payment).await;
    let shown = world.visit(payment.checkout_url()).await;
    shown.onward();

    world.visit(&world.pay(&payment)).await;
    if body["approval"] == "manual" {
        let (status, approved) = read(world.act(&payment, "approve", "", json!(null)).await).await;
        assert_eq!(status, StatusCode::OK, "{approved}");
    }
    let payment = world.payment(payment.id()).await;
    assert_eq!(payment.status(), "approved");
    let page = world.visit(&world.result_url(&payment)).await;
    assert!(page.status == StatusCode::OK || page.status == StatusCode::SEE_OTHER);
    is_read_everywhere(world, &payment).await;

    let reason = json!({ "reason": body["item_name"] });
    let (status, canceled) = world.cancel(&payment, reason).await;
    assert_eq!(status, StatusCode::OK, "{canceled}");
    let payment = world.payment(payment.id()).await;
    assert_eq!(payment.status(), "canceled");
    is_read_everywhere(world, &payment).await;
    Some(payment.id().to_owned())
}

/// Alone, in the list, by its order's number, and what has happened to it.
async fn is_read_everywhere(world: &World, payment: &Payment) {
    assert_eq!(world.payment(payment.id()).await.0, payment.0);
    let order_id = payment.0["order_id"].as_str().unwrap();
    for (name, value) in [("limit", "100"), ("order_id", order_id)] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let request = world.request(Method::GET, &format!("/v1/payments?{query}"));
        let (status, list) = read(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        assert_eq!(list["data"][0], payment.0);
        assert_eq!(list["damaged"], json!([]));
    }
    assert!(!world.events(payment.id()).await.is_empty());
}

#[test]
fn whatever_is_taken_is_read_listed_paid_canceled_backed_up_and_restored() {
    let runtime = Runtime::new().unwrap();
    // Orders may repeat, since they are made up; that an order is charged once is tested elsewhere.
    let mut world = runtime.block_on(World::with(|config| config.orders_repeat = true));
    let mut runner = TestRunner::new(Config {
        cases: BODIES,
        failure_persistence: None,
        ..Config::default()
    });
    let taken = std::cell::RefCell::new(Vec::new());
    let lived = runner.run(&body(), |body| {
        let live = std::panic::AssertUnwindSafe(|| runtime.block_on(live(&world, &body)));
        let lived = std::panic::catch_unwind(live)
            .map_err(|_| TestCaseError::fail("see the panic above"))?;
        taken.borrow_mut().extend(lived);
        Ok(())
    });
    lived.unwrap();
    let taken = taken.into_inner();
    assert!(taken.len() >= 10, "{} were taken", taken.len());
    runtime.block_on(outlives_a_restore(&mut world, &taken));
}

async fn outlives_a_restore(world: &mut World, taken: &[String]) {
    let mut before = Vec::new();
    // A restarted server has another port here.
    let told = async |world: &World, id: &str| {
        let told = json!(world.events(id).await).to_string();
        (told.replace(&world.url, "…"), world.history(id))
    };
    for id in taken {
        before.push((world.payment(id).await.0, told(world, id).await));
    }
    world.stop().await;
    world.database.back_up();
    world.database.put_back();
    let clock = Clock::from_fn(world.sandbox.clock());
    let server = Server::open(&world.config, clock).await.unwrap();
    let mut as_they_are = 0;
    let tell = |recovered| match recovered {
        Recovered::Unchanged(_) => as_they_are += 1,
        other => panic!("{other:?}"),
    };
    server.recover_since(None, tell).await.unwrap();
    assert_eq!(as_they_are, taken.len());
    drop(server);
    world.start().await;
    for (payment, events) in before {
        let id = payment["id"].as_str().unwrap();
        assert_eq!(world.payment(id).await.0, payment);
        assert_eq!(told(world, id).await, events);
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_blocks_nothing_but_itself() {
    let mut world = World::new().await;
    let damaged = world.create(json!({})).await;
    let whole = world.create(json!({})).await;
    world.database.damage(damaged.id());

    let get = |path: String| world.request(Method::GET, &path).send();
    let (status, list) = read(get("/v1/payments".to_owned()).await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    assert_eq!(list["data"], json!([whole.0]));
    assert_eq!(list["damaged"], json!([damaged.id()]));
    let path = format!("/v1/payments/{}", damaged.id());
    let (status, problem) = read(get(path).await.unwrap()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["code"], "internal", "{problem}");

    // The others live on, and so does recovery.
    world.visit(&world.pay(&whole)).await;
    assert_eq!(world.payment(whole.id()).await.status(), "approved");
    let another = order(json!({ "order_id": "after-the-damage" }));
    let request = world.request(Method::POST, "/v1/payments").json(&another);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);

    world.stop().await;
    let clock = Clock::from_fn(world.sandbox.clock());
    let server = Server::open(&world.config, clock).await.unwrap();
    let (mut unresolved, mut others) = (Vec::new(), 0);
    let tell = |recovered| match recovered {
        Recovered::Unresolved(id, _) => unresolved.push(id),
        _ => others += 1,
    };
    server.recover_since(None, tell).await.unwrap();
    assert_eq!((unresolved, others), (vec![damaged.id().to_owned()], 2));
}
