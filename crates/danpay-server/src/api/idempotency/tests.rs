//! The vectors never change: a key that a shop stored years ago still means the same request.

use std::fmt::Write as _;

use axum::body::{Body, to_bytes};
use axum::{Router, routing};
use danpay_core::{PaymentId, Won};
use http::Request;
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::api::extract::{self, IdempotencyKey};
use crate::api::payments::CreateBody;

fn id() -> PaymentId {
    PaymentId::from_bytes([7; 16])
}

fn order(value: Value) -> Order {
    serde_json::from_value(value).unwrap()
}

fn amount(total: i64, tax_free: i64, vat: i64, green_deposit: i64) -> Value {
    json!({
        "total": total, "tax_free": tax_free, "vat": vat, "point": 0, "discount": 0,
        "green_deposit": green_deposit,
    })
}

fn least() -> Order {
    order(json!({
        "order_id": "order-1", "user_id": "member-1", "item_name": "초코파이", "item_code": null,
        "quantity": 1, "amount": amount(2200, 0, 200, 0), "return_url": null,
        "approval": "automatic", "metadata": {},
    }))
}

fn most() -> Order {
    order(json!({
        "order_id": "order-\"1\"", "user_id": "member-1", "item_name": "초코파이 🍫", "item_code": "C1",
        "quantity": 3, "amount": amount(3300, 1100, 150, 300),
        "return_url": "https://shop.example/주문?a=1", "approval": "manual",
        "metadata": { "b": "2", "a": "1" },
    }))
}

fn won(amount: i64) -> Won {
    Won::new("amount", amount).unwrap()
}

fn wanted(total: Option<Won>, tax_free: Option<Won>, vat: Option<Won>) -> Wanted {
    Wanted {
        total,
        tax_free,
        vat,
        expected_left: None,
    }
}

fn reason() -> Reason {
    Reason::try_from("품절".to_owned()).unwrap()
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn post(path: &str, parameters: String) -> Route {
    Route {
        method: "POST".to_owned(),
        path: path.to_owned(),
        parameters,
    }
}

fn of_payments(members: Map<String, Value>) -> (Route, Map<String, Value>) {
    (post("/v1/payments", String::new()), members)
}

fn of_payment(step: &str, members: Map<String, Value>) -> (Route, Map<String, Value>) {
    let path = format!("/v1/payments/{{id}}/{step}");
    (post(&path, format!("id={}", id())), members)
}

type Vector = ((Route, Map<String, Value>), &'static str, &'static str);

/// What is hashed, and the hash.
fn vectors() -> [Vector; 7] {
    [
        (
            of_payments(create(&least(), None)),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"total\":2200},\"item_name\":\"초코파이\",\"order_id\":\"order-1\",\
             \"user_id\":\"member-1\"}",
            "bfe74190d14bc23af3c7c9fd97903289f291a13c0d7f5183180913292a3085e3",
        ),
        (
            of_payments(create(&most(), None)),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"green_deposit\":300,\"tax_free\":1100,\"total\":3300,\"vat\":150},\
             \"approval\":\"manual\",\"item_code\":\"C1\",\"item_name\":\"초코파이 🍫\",\
             \"metadata\":{\"a\":\"1\",\"b\":\"2\"},\"order_id\":\"order-\\\"1\\\"\",\"quantity\":3,\
             \"return_url\":\"https://shop.example/%EC%A3%BC%EB%AC%B8?a=1\",\
             \"user_id\":\"member-1\"}",
            "98c302f92be01a188cb5d35163b4966f86cebc2ea174a986b8e598ea222496d9",
        ),
        (
            of_payment("cancel", cancel(&wanted(None, None, None), None)),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "38cd2b3f2ec4f3bb9e4d5cec013b8ac8f1255a3ec4b0c909a760a530494284da",
        ),
        (
            of_payment(
                "cancel",
                cancel(&wanted(Some(won(1100)), None, None), Some(&reason())),
            ),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n\
             {\"amount\":{\"total\":1100},\"reason\":\"품절\"}",
            "e4ccd2558d0250f9669c8f36fe18fb0c7701dcc68afbdf700b6f9bc5332cb394",
        ),
        (
            of_payment(
                "cancel",
                cancel(&wanted(Some(won(1100)), Some(won(0)), Some(won(100))), None),
            ),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n\
             {\"amount\":{\"tax_free\":0,\"total\":1100,\"vat\":100}}",
            "438daa04f28cdeff1e21db5c019b52184a3cb7667a2bd5caef50a90544875df2",
        ),
        (
            of_payment("approve", Map::new()),
            "danpay request 1\nPOST\n/v1/payments/{id}/approve\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "fb7f77b747eddb39b3c1e4e2aa2431bc0b9d4afe6a729df9bfb4a7e960325843",
        ),
        (
            of_payment("withdraw", Map::new()),
            "danpay request 1\nPOST\n/v1/payments/{id}/withdraw\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "85aa1aa9aa89b1ac672d04291acc14549aa6ec9b12bd8f81dcae7a0fc644d5f5",
        ),
    ]
}

/// Those of members that were added later.
fn later_vectors() -> [Vector; 3] {
    let restricted = Order {
        payment_method_type: Some(danpay_core::PaymentMethod::Card),
        available_cards: serde_json::from_value(json!(["KB", "BC"])).unwrap(),
        install_month: serde_json::from_value(json!(3)).unwrap(),
        ..least()
    };
    let if_left = Wanted {
        expected_left: Some(won(2200)),
        ..wanted(None, None, None)
    };
    [
        (
            of_payments(create(&restricted, None)),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"total\":2200},\"available_cards\":[\"BC\",\"KB\"],\"install_month\":3,\
             \"item_name\":\"초코파이\",\"order_id\":\"order-1\",\"payment_method_type\":\"CARD\",\
             \"user_id\":\"member-1\"}",
            "2e426653a845bef3d67d70f937684eeabffe8007af1b303a59349c1acf202ce4",
        ),
        (
            of_payment("cancel", cancel(&if_left, None)),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{\"expected_left\":2200}",
            "0124f0d7256ff8c4114f54991df35e8a12b34e4a238407eb0aee6dda4b569ba7",
        ),
        (
            of_payments(create(&least(), Some("TC0ONETIME"))),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"total\":2200},\"cid\":\"TC0ONETIME\",\"item_name\":\"초코파이\",\
             \"order_id\":\"order-1\",\"user_id\":\"member-1\"}",
            "1b206e1915559e121c789a7a1cf164b844be3d857e3a58ae81535f355e6288cf",
        ),
    ]
}

#[test]
fn what_a_request_is_hashed_to_never_changes() {
    for ((route, members), expected, expected_hash) in vectors().into_iter().chain(later_vectors())
    {
        let (form, hash) = (form(&route, members.clone()), hash(&route, members));
        assert_eq!(form, expected);
        assert_eq!(hex(hash), expected_hash, "{form}");
    }
}

/// The hash of what comes to this address of an API.
async fn hash_of(api: Router, address: &str) -> String {
    let request = Request::post(address).header("idempotency-key", "k");
    let answer = api.oneshot(request.body(Body::empty()).unwrap()).await;
    let body = to_bytes(answer.unwrap().into_body(), 100).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_request_is_hashed_by_the_route_it_matches_wherever_the_api_is_mounted() {
    async fn answer(key: IdempotencyKey) -> String {
        hex(key.of(Map::new()).unwrap().request_hash)
    }
    let api = Router::new().route("/v1/payments/{id}/approve", routing::post(answer));
    let address = format!("/v1/payments/{}/approve", id());
    let expected = "fb7f77b747eddb39b3c1e4e2aa2431bc0b9d4afe6a729df9bfb4a7e960325843";
    assert_eq!(hash_of(api.clone(), &address).await, expected);
    let below = Router::new().nest("/shop", api);
    assert_eq!(hash_of(below, &format!("/shop{address}")).await, expected);
}

#[test]
fn what_is_written_out_and_is_the_default_is_the_same_request() {
    let hash = |body: &str| {
        let CreateBody { order, cid } = extract::read(body.as_bytes(), false).unwrap();
        let (route, members) = of_payments(create(&order, cid.as_deref()));
        super::hash(&route, members)
    };
    let least = r#"{"order_id":"order-1","user_id":"member-1","item_name":"초코파이",
        "amount":{"total":2200}}"#;
    let written = r#"{"metadata":{"a":null},"approval":"automatic","return_url":null,"item_code":null,
        "amount":{"green_deposit":0,"vat":200,"tax_free":0,"total":2200.0},"quantity":1,
        "available_cards":null,"install_month":null,"cid":null,"payment_method_type":null,
        "item_name":"\ucd08코파이","user_id":"member-1","order_id":"order-1"}"#;
    assert_eq!(hash(written), hash(least));
    let other_vat = written.replace("200,\"tax", "199,\"tax");
    assert_ne!(hash(&other_vat), hash(least));

    let canceled = |wanted: Wanted| {
        let (route, members) = of_payment("cancel", cancel(&wanted, None));
        super::hash(&route, members)
    };
    let all = wanted(None, None, None);
    let part = wanted(Some(won(2200)), None, None);
    assert_ne!(
        canceled(all),
        canceled(part),
        "all that is left is not a number"
    );
    let elsewhere = post("/v1/payments/{id}/cancel", "id=pay_other".to_owned());
    assert_ne!(canceled(all), super::hash(&elsewhere, cancel(&all, None)));
}
