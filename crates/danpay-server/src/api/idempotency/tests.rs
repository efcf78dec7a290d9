//! The vectors never change: a key that a shop stored years ago still means the same request.

use std::fmt::Write as _;

use danpay_core::Won;
use http::HeaderValue;
use serde_json::json;

use super::*;
use crate::api::body::{self, CreatePayment};

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

/// What is hashed, and the hash.
fn vectors() -> [(Asked, &'static str, &'static str); 7] {
    [
        (
            Asked::create(&least()),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"total\":2200},\"item_name\":\"초코파이\",\"order_id\":\"order-1\",\
             \"user_id\":\"member-1\"}",
            "bfe74190d14bc23af3c7c9fd97903289f291a13c0d7f5183180913292a3085e3",
        ),
        (
            Asked::create(&most()),
            "danpay request 1\nPOST\n/v1/payments\n\n\
             {\"amount\":{\"green_deposit\":300,\"tax_free\":1100,\"total\":3300,\"vat\":150},\
             \"approval\":\"manual\",\"item_code\":\"C1\",\"item_name\":\"초코파이 🍫\",\
             \"metadata\":{\"a\":\"1\",\"b\":\"2\"},\"order_id\":\"order-\\\"1\\\"\",\"quantity\":3,\
             \"return_url\":\"https://shop.example/%EC%A3%BC%EB%AC%B8?a=1\",\
             \"user_id\":\"member-1\"}",
            "98c302f92be01a188cb5d35163b4966f86cebc2ea174a986b8e598ea222496d9",
        ),
        (
            Asked::cancel(id(), &wanted(None, None, None), None),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "38cd2b3f2ec4f3bb9e4d5cec013b8ac8f1255a3ec4b0c909a760a530494284da",
        ),
        (
            Asked::cancel(id(), &wanted(Some(won(1100)), None, None), Some(&reason())),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n\
             {\"amount\":{\"total\":1100},\"reason\":\"품절\"}",
            "e4ccd2558d0250f9669c8f36fe18fb0c7701dcc68afbdf700b6f9bc5332cb394",
        ),
        (
            Asked::cancel(
                id(),
                &wanted(Some(won(1100)), Some(won(0)), Some(won(100))),
                None,
            ),
            "danpay request 1\nPOST\n/v1/payments/{id}/cancel\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n\
             {\"amount\":{\"tax_free\":0,\"total\":1100,\"vat\":100}}",
            "438daa04f28cdeff1e21db5c019b52184a3cb7667a2bd5caef50a90544875df2",
        ),
        (
            Asked::plain("/v1/payments/{id}/approve", id()),
            "danpay request 1\nPOST\n/v1/payments/{id}/approve\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "fb7f77b747eddb39b3c1e4e2aa2431bc0b9d4afe6a729df9bfb4a7e960325843",
        ),
        (
            Asked::plain("/v1/payments/{id}/withdraw", id()),
            "danpay request 1\nPOST\n/v1/payments/{id}/withdraw\n\
             id=pay_070w3ge1r70w3ge1r70w3ge1r7\n{}",
            "85aa1aa9aa89b1ac672d04291acc14549aa6ec9b12bd8f81dcae7a0fc644d5f5",
        ),
    ]
}

#[test]
fn what_a_request_is_hashed_to_never_changes() {
    for (asked, form, hash) in vectors() {
        assert_eq!(asked.form(), form);
        assert_eq!(hex(asked.hash()), hash, "{form}");
    }
}

#[test]
fn what_is_written_out_and_is_the_default_is_the_same_request() {
    let hash = |body: &str| {
        let body = body::read::<CreatePayment>(body.as_bytes()).unwrap();
        Asked::create(&body.into_order().unwrap()).hash()
    };
    let least = r#"{"order_id":"order-1","user_id":"member-1","item_name":"초코파이",
        "amount":{"total":2200}}"#;
    let written = r#"{"metadata":{},"approval":"automatic","return_url":null,"item_code":null,
        "amount":{"green_deposit":0,"vat":200,"tax_free":0,"total":2200},"quantity":1,
        "item_name":"\ucd08코파이","user_id":"member-1","order_id":"order-1"}"#;
    assert_eq!(hash(written), hash(least));
    let other_vat = written.replace("200,\"tax", "199,\"tax");
    assert_ne!(hash(&other_vat), hash(least));
    let all = Asked::cancel(id(), &wanted(None, None, None), None);
    let part = Asked::cancel(id(), &wanted(Some(won(2200)), None, None), None);
    assert_ne!(all.hash(), part.hash(), "all that is left is not a number");
    let elsewhere = Asked::cancel(
        PaymentId::from_bytes([8; 16]),
        &wanted(None, None, None),
        None,
    );
    assert_ne!(all.hash(), elsewhere.hash());
}

#[test]
fn a_key_is_visible_ascii_and_sent_once() {
    let asked = || Asked::plain("/v1/payments/{id}/approve", id());
    let read = |values: &[&str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        super::read(&headers, &asked()).map(|key| key.map(|key| key.key))
    };
    assert_eq!(read(&[]).unwrap(), None);
    assert_eq!(read(&["order-1-1"]).unwrap().as_deref(), Some("order-1-1"));
    assert_eq!(read(&["\"quoted\""]).unwrap().as_deref(), Some("quoted"));
    for bad in [
        &[""][..],
        &["a", "b"],
        &["주문"],
        &["a\tb"],
        &[&"k".repeat(256)],
    ] {
        assert!(read(bad).is_err(), "{bad:?}");
    }
}
