//! Bodies that nobody should send, at every call: each gets a proper answer, and none is a 500.
//! `PROPTEST_CASES` says how many; 20,000 take about half a minute.

use bytes::Bytes;
use http::{Request, StatusCode};
use kakaopay_sandbox::Sandbox;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const CALLS: [&str; 7] = [
    "ready",
    "approve",
    "order",
    "cancel",
    "subscription",
    "manage/subscription/status",
    "manage/subscription/inactive",
];

/// What calls may carry, and a name that they may not.
const FIELDS: [&str; 28] = [
    "cid",
    "cid_secret",
    "tid",
    "sid",
    "partner_order_id",
    "partner_user_id",
    "item_name",
    "item_code",
    "quantity",
    "total_amount",
    "tax_free_amount",
    "vat_amount",
    "green_deposit",
    "approval_url",
    "cancel_url",
    "fail_url",
    "available_cards",
    "payment_method_type",
    "install_month",
    "use_share_installment",
    "custom_json",
    "redirect_scheme_url",
    "pg_token",
    "payload",
    "cancel_amount",
    "cancel_tax_free_amount",
    "cancel_available_amount",
    "파",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..5_000u64).prop_map(Value::from),
        (0..5_000u64).prop_map(|number| Value::from(number.to_string())),
        ".{0,300}".prop_map(Value::from),
        proptest::sample::select(vec![
            "TC0ONETIME",
            "TCSUBSCRIP",
            "https://shop.example/?a=b",
            "a:b",
            "CARD",
            "[\"KB\"]",
            "{}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((".{0,5}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Right in most fields and anything in some.
fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((proptest::sample::select(&FIELDS[..]), value()), 0..6);
    changes.prop_map(|changes| {
        let mut body: Map<String, Value> = serde_json::from_value(json!({
            "cid": "TC0ONETIME", "tid": "T6a8d383746af30839d0", "sid": "S6a8d383746af30839d0",
            "partner_order_id": "1", "partner_user_id": "1", "item_name": "초코파이",
            "quantity": 1, "total_amount": 2200, "tax_free_amount": 0,
            "approval_url": "https://s.example/a", "cancel_url": "https://s.example/c",
            "fail_url": "https://s.example/f", "pg_token": "x",
            "cancel_amount": 1, "cancel_tax_free_amount": 0,
        }))
        .unwrap();
        let changes = changes.into_iter();
        body.extend(changes.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(body).to_string().into_bytes()
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => nearly_right(),
        1 => value().prop_map(|value| value.to_string().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

fn send(
    runtime: &tokio::runtime::Runtime,
    sandbox: &Sandbox,
    path: &str,
    kind: &str,
    body: Vec<u8>,
) -> http::Response<Bytes> {
    let scheme = if path.starts_with("/v1/") {
        "KakaoAK"
    } else {
        "SECRET_KEY"
    };
    let request = Request::post(path)
        .header("authorization", format!("{scheme} x"))
        .header("content-type", kind)
        .body(Bytes::from(body))
        .unwrap();
    runtime.block_on(sandbox.handle(request)).unwrap()
}

#[test]
fn no_body_is_answered_with_a_500_or_without_json() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = runtime.block_on(async {
        Sandbox::builder()
            .seed(7)
            .legacy()
            .payments_max(50)
            .start_unbound()
    });
    let sandbox = started.unwrap();
    let accepted = std::cell::Cell::new(0);
    proptest!(|(call in proptest::sample::select(&CALLS[..]), body in body(), legacy: bool)| {
        let (path, kind) = if legacy {
            (format!("/v1/payment/{call}"), "application/x-www-form-urlencoded")
        } else {
            (format!("/online/v1/payment/{call}"), "application/json")
        };
        let answer = send(&runtime, &sandbox, &path, kind, body);
        let status = answer.status();
        prop_assert!(status == StatusCode::OK || status.is_client_error(), "{status}");
        let answered: Value = serde_json::from_slice(answer.body()).unwrap();
        let code = if legacy { "code" } else { "error_code" };
        prop_assert_eq!(answered[code].is_i64(), status != StatusCode::OK);
        accepted.set(accepted.get() + u32::from(status == StatusCode::OK));
    });
    assert!(accepted.get() > 0, "some bodies have to be right");
    assert!(sandbox.payments().len() <= 500);
}
