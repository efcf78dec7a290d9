//! What leaves the client, and what it makes of the answer.

use std::time::Duration;

use kakaopay::{ApiEndpoint, Cid, CidSecret, ConfigError, Error, KakaoPay, Outcome};
use serde_json::json;

use crate::{
    approve_request, cancel_request, order_request, ready_request, recorder::Recorder, tid,
};

const EMPTY: &str = r#"{"error_code":-500,"error_message":"no"}"#;

#[tokio::test]
async fn a_request_goes_to_its_endpoint_with_the_clients_key_and_merchant_code() {
    let recorder = Recorder::answering(500, EMPTY);
    let kakaopay = recorder.client();
    let _ = kakaopay.ready(&ready_request()).await;
    let _ = kakaopay.approve(&approve_request(tid(), "token")).await;
    let _ = kakaopay.order(&order_request(tid())).await;
    let _ = kakaopay.cancel(&cancel_request(tid())).await;
    let paths: Vec<_> = recorder
        .requests()
        .iter()
        .map(|sent| sent.endpoint.path())
        .collect();
    assert_eq!(
        paths,
        ["ready", "approve", "order", "cancel"].map(|name| format!("/online/v1/payment/{name}"))
    );
    assert!(
        recorder
            .requests()
            .iter()
            .all(|sent| sent.secret_key.expose() == "DEV_KEY")
    );
    assert_eq!(
        recorder.bodies(),
        [
            json!({"cid": "TC0ONETIME", "partner_order_id": "order-1", "partner_user_id": "user-1",
                "item_name": "초코파이", "quantity": 1, "total_amount": 2_200,
                "tax_free_amount": 0, "approval_url": "https://shop.example/approve",
                "cancel_url": "https://shop.example/cancel",
                "fail_url": "https://shop.example/fail"}),
            json!({"cid": "TC0ONETIME", "tid": "T1234567890123456789",
                "partner_order_id": "order-1", "partner_user_id": "user-1", "pg_token": "token",
                "total_amount": 2_200}),
            json!({"cid": "TC0ONETIME", "tid": "T1234567890123456789"}),
            json!({"cid": "TC0ONETIME", "tid": "T1234567890123456789", "cancel_amount": 2_200,
                "cancel_tax_free_amount": 0}),
        ]
    );
}

#[tokio::test]
async fn every_optional_field_has_kakaopays_name() {
    let recorder = Recorder::answering(500, EMPTY);
    let full = ready_request()
        .quantity(3)
        .tax_free_amount(200)
        .item_code("CP-1".parse().unwrap())
        .vat_amount(180)
        .green_deposit(20)
        .available_cards(vec!["SHINHAN".into(), "SUHYUP".into()])
        .payment_method_type("CARD".into())
        .install_month(12)
        .use_share_installment("Y".to_owned())
        .custom_json([("return_custom_url".to_owned(), "myshop://".to_owned())].into())
        .redirect_scheme_url("myshop://pay".to_owned());
    let _ = recorder.client().ready(&full).await;
    let expected = json!({"quantity": 3, "tax_free_amount": 200, "item_code": "CP-1",
        "vat_amount": 180, "green_deposit": 20, "available_cards": ["SHINHAN", "SUHYUP"],
        "payment_method_type": "CARD", "install_month": 12, "use_share_installment": "Y",
        "custom_json": {"return_custom_url": "myshop://"}, "redirect_scheme_url": "myshop://pay"});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(recorder.bodies()[0][key], *value, "{key}");
    }
}

#[tokio::test]
async fn one_client_serves_several_merchant_codes_and_mixes_no_keys() {
    let recorder = Recorder::answering(500, EMPTY);
    let (own, other) = ("C000000001", "C000000002");
    let secret: CidSecret = "0123456789abcdef01234567".parse().unwrap();
    let other_secret: CidSecret = "76543210fedcba9876543210".parse().unwrap();
    let kakaopay = KakaoPay::builder("key")
        .cid(own.parse().unwrap())
        .cid_secret(secret.clone())
        .transport(recorder.clone())
        .build()
        .unwrap();
    let cid = |text: &str| text.parse::<Cid>().unwrap();
    let _ = kakaopay.order(&order_request(tid())).await;
    let _ = kakaopay.order(&order_request(tid()).cid(cid(own))).await;
    let _ = kakaopay.order(&order_request(tid()).cid(cid(other))).await;
    let full = order_request(tid())
        .cid(cid(other))
        .cid_secret(other_secret.clone());
    let _ = kakaopay.order(&full).await;
    let sent: Vec<_> = recorder
        .bodies()
        .into_iter()
        .map(|body| (body["cid"].clone(), body["cid_secret"].clone()))
        .collect();
    assert_eq!(
        sent,
        [
            (json!(own), json!(secret.expose())),
            (json!(own), json!(secret.expose())),
            (json!(other), json!(null)),
            (json!(other), json!(other_secret.expose())),
        ]
    );
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_not_sent() {
    let recorder = Recorder::answering(500, EMPTY);
    let kakaopay = recorder.client();
    let mut free = ready_request();
    free.total_amount = 0;
    let mistakes = [
        (
            kakaopay.ready(&free).await.unwrap_err(),
            "total_amount must be 1 or more, but is 0",
        ),
        (
            kakaopay
                .ready(&ready_request().tax_free_amount(2_201))
                .await
                .unwrap_err(),
            "tax_free_amount must be 0 to 2200, but is 2201",
        ),
        (
            kakaopay
                .ready(&ready_request().tax_free_amount(2_100).vat_amount(101))
                .await
                .unwrap_err(),
            "vat_amount must be 0 to 100, but is 101",
        ),
        (
            kakaopay
                .ready(&ready_request().quantity(0))
                .await
                .unwrap_err(),
            "quantity must be 1 to 4294967295, but is 0",
        ),
        (
            kakaopay
                .ready(&ready_request().install_month(13))
                .await
                .unwrap_err(),
            "install_month must be 0 to 12, but is 13",
        ),
        (
            kakaopay
                .approve(&approve_request(tid(), "t").total_amount(0))
                .await
                .unwrap_err(),
            "total_amount must be 1 or more, but is 0",
        ),
        (
            kakaopay
                .order(&order_request(kakaopay::Tid::issued("")))
                .await
                .unwrap_err(),
            "tid must be 1 or more characters long, but is 0",
        ),
        (
            kakaopay
                .cancel(&kakaopay::CancelRequest::new(tid(), 100, 101))
                .await
                .unwrap_err(),
            "cancel_tax_free_amount must be 0 to 100, but is 101",
        ),
        (
            kakaopay
                .cancel(&kakaopay::CancelRequest::new(tid(), 100, 90).cancel_vat_amount(11))
                .await
                .unwrap_err(),
            "cancel_vat_amount must be 0 to 10, but is 11",
        ),
    ];
    for (error, expected) in mistakes {
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.outcome(), Outcome::NotExecuted);
        assert!(!error.is_retryable(), "it would be refused for ever");
    }
    assert!(recorder.requests().is_empty());
}

#[tokio::test]
async fn an_error_says_what_kakaopay_said_and_what_it_proves() {
    let body = include_str!("../fixtures/error.approve-780.new-doc.http400.json");
    let kakaopay = Recorder::answering(400, body).client();
    let error = kakaopay
        .approve(&approve_request(tid(), "token"))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        error.api_error().unwrap().method_result_code(),
        Some("USER_LOCKED")
    );
    assert!(
        error
            .to_string()
            .starts_with("approve: KakaoPay answered HTTP 400, -780")
    );

    let body = include_str!("../fixtures/error.ready-403.new-real.http403.json");
    let error = Recorder::answering(403, body)
        .client()
        .ready(&ready_request())
        .await
        .unwrap_err();
    assert_eq!(
        (error.outcome(), error.api_error().unwrap().http_status),
        (Outcome::Rejected, 403)
    );
}

#[tokio::test]
async fn a_200_that_is_no_answer_leaves_the_outcome_unknown() {
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "<html></html>",
        "\u{feff}",
        r#"{"error_code":-780}"#,
        r#"{"tid":"T1234567890123456789""#,
        r#"{"tid":"T1"} and more"#,
        r#"{"tid":"T1","amount":{"total":"many"}}"#,
        r#"{"tid":"T1"}"#,
        r#"{"tid":"T1","amount":null}"#,
        r#"{"tid":"T1","amount":{}}"#,
    ];
    for body in bodies {
        let kakaopay = Recorder::answering(200, body).client();
        let error = kakaopay
            .approve(&approve_request(tid(), "token"))
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Unreadable {
                    endpoint: ApiEndpoint::Approve,
                    ..
                }
            ),
            "{body}"
        );
        assert_eq!(error.outcome(), Outcome::Unknown, "{body}");
        if body.contains("many") {
            assert!(error.to_string().contains("`amount.total`"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_transport_of_ones_own_cannot_ask_for_a_longer_wait_either() {
    for (asked_s, wait_s) in [(0, 0), (599, 599), (601, 600), (u64::MAX, 600)] {
        let recorder = Recorder::answering(429, "").retry_after(Duration::from_secs(asked_s));
        let error = recorder.client().ready(&ready_request()).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(wait_s)));
    }
}

#[test]
fn settings_that_cannot_work_are_refused_when_building() {
    for key in ["", " ", "key with spaces", "key\nX-Header: 1", "키"] {
        let error = KakaoPay::builder(key).build().unwrap_err();
        assert!(matches!(error, ConfigError::SecretKey(_)), "{key:?}");
        assert!(
            key.trim().is_empty() || !error.to_string().contains(key),
            "{error}"
        );
    }
    let insecure = KakaoPay::builder("key")
        .base_url("http://open-api.kakaopay.com")
        .build();
    assert!(matches!(insecure.unwrap_err(), ConfigError::BaseUrl(_)));
    for odd in [
        "x",
        "PRD-odd.key_1+/=~",
        "DEV0123456789ABCDEF0123456789ABCDEF012345",
    ] {
        assert!(KakaoPay::builder(odd).build().is_ok(), "{odd}");
    }
}

#[test]
fn a_client_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<KakaoPay>();
}
