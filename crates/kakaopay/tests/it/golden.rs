//! Bodies of KakaoPay's documentation and of real logs, read and written back.
//! `tests/fixtures/INDEX.md` says where each comes from.

use kakaopay::{
    ApiError, ApproveRequest, ApproveResponse, CancelRequest, CancelResponse, Device,
    OrderResponse, OrderStatus, PaymentActionType, PaymentMethodType, ReadyRequest, ReadyResponse,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../fixtures/", $name, ".json")))
            .unwrap()
    };
}

fn read<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Without its `null`s, since absent and `null` mean the same.
fn without_nulls(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    body
}

fn assert_written_back<T: DeserializeOwned + Serialize>(body: &Value) {
    let written = serde_json::to_value(read::<T>(body)).unwrap();
    assert_eq!(without_nulls(written), without_nulls(body.clone()));
}

#[test]
fn requests_of_the_documentation_are_ours_but_for_numbers_in_strings() {
    let mut ready = fixture!("ready.request.new-doc");
    let request: ReadyRequest = read(&ready);
    assert_eq!(
        (request.quantity, request.total_amount, request.vat_amount),
        (1, 2_200, Some(200))
    );
    for (field, number) in [
        ("quantity", 1),
        ("total_amount", 2_200),
        ("vat_amount", 200),
        ("tax_free_amount", 0),
    ] {
        ready[field] = json!(number);
    }
    assert_written_back::<ReadyRequest>(&ready);
    assert_written_back::<ApproveRequest>(&fixture!("approve.request.new-doc"));

    let cancel: CancelRequest = read(&fixture!("cancel.request.old-doc"));
    assert_eq!(
        (
            cancel.cancel_amount,
            cancel.cancel_vat_amount,
            cancel.cancel_available_amount
        ),
        (2_200, Some(200), Some(4_000))
    );
}

#[test]
fn answers_to_ready_are_read_and_written_back() {
    let real = fixture!("ready.response.new-captured-2025-08-25");
    let answer: ReadyResponse = read(&real);
    assert_eq!(answer.tid, "T8abdf845f530b805c4d");
    for (device, page) in [
        (Device::Pc, "pc"),
        (Device::Mobile, "mobile-web"),
        (Device::App, "mobile-app"),
    ] {
        assert!(
            answer
                .redirect_url(device)
                .contains(&format!("/bridge/{page}/")),
            "{page}"
        );
    }
    assert!(
        answer
            .ios_app_scheme
            .as_deref()
            .unwrap()
            .starts_with("kakaotalk://kakaopay/pg?url=")
    );
    assert_eq!(
        answer.created_at.unwrap().timestamp().to_string(),
        "2025-08-25T03:59:00Z"
    );
    assert_written_back::<ReadyResponse>(&real);
    assert_written_back::<ReadyResponse>(&fixture!("ready.response.new-doc"));
}

#[test]
fn a_real_approval_by_card_is_read_and_written_back() {
    let real = fixture!("approve.card.new-real-2024-07-30");
    let answer: ApproveResponse = read(&real);
    assert_eq!(
        (answer.amount.total, answer.amount.vat),
        (1_100_000, 100_000)
    );
    assert_eq!(
        answer.amount.vat,
        kakaopay::vat(answer.amount.total, answer.amount.tax_free)
    );
    assert_eq!(answer.payment_method_type, PaymentMethodType::Card);
    assert_eq!(
        (answer.sid, answer.item_code, answer.payload),
        (None, None, None)
    );
    let card = answer.card_info.unwrap();
    assert_eq!(card.kakaopay_issuer_corp.as_deref(), Some("신한"));
    assert_eq!(card.card_type.as_deref(), Some("신용"));
    assert_eq!(card.install_month.as_deref(), Some("00"));
    assert_eq!(
        answer.approved_at.unwrap().timestamp().to_string(),
        "2024-07-30T11:51:00Z"
    );
    assert!(answer.extra["sequential_payment_methods"].is_null());
    assert_written_back::<ApproveResponse>(&real);
}

#[test]
fn approvals_of_the_documentation_are_read_and_written_back() {
    assert_written_back::<ApproveResponse>(&fixture!("approve.card.new-doc"));
    let money = fixture!("approve.money.new-doc");
    assert_written_back::<ApproveResponse>(&money);
    let answer: ApproveResponse = read(&money);
    assert_eq!(answer.payment_method_type, PaymentMethodType::Money);
    assert!(answer.card_info.is_none());
}

#[test]
fn any_key_of_an_approval_but_the_tid_and_the_amount_may_be_absent_null_or_new() {
    for body in [
        fixture!("approve.card.new-real-2024-07-30"),
        fixture!("approve.money.new-doc"),
    ] {
        for key in body.as_object().unwrap().keys() {
            let mut absent = body.clone();
            absent.as_object_mut().unwrap().remove(key);
            let mut null = body.clone();
            null[key] = Value::Null;
            for changed in [absent, null] {
                let answer = serde_json::from_value::<ApproveResponse>(changed);
                let is_needed = ["tid", "amount"].contains(&key.as_str());
                assert_eq!(answer.is_ok(), !is_needed, "{key}: {answer:?}");
            }
        }
        let mut new = body;
        new["new_key"] = json!({"a": [1, null]});
        assert_written_back::<ApproveResponse>(&new);
    }
}

#[test]
fn nothing_that_decorates_an_approval_can_spoil_it() {
    let mut body = fixture!("approve.card.new-real-2024-07-30");
    body["aid"] = json!("A12345678901234567890");
    body["cid"] = json!("C");
    body["item_name"] = json!("x".repeat(300));
    body["created_at"] = json!("yesterday");
    body["approved_at"] = json!(1_722_340_260);
    body["card_info"] = json!("신한");
    body["payment_method_type"] = json!("COUPON");
    body["quantity"] = json!("1");
    let answer: ApproveResponse = read(&body);
    assert_eq!(answer.aid, "A12345678901234567890");
    assert_eq!(
        answer.payment_method_type,
        PaymentMethodType::Unknown("COUPON".to_owned())
    );
    assert_eq!((answer.created_at, answer.approved_at), (None, None));
    assert!(answer.card_info.is_none());
    assert_eq!(answer.amount.total, 1_100_000);
}

#[test]
fn an_amount_that_cannot_be_read_is_not_taken_for_zero() {
    let mut body = fixture!("approve.money.new-doc");
    for amount in [
        json!("2200"),
        json!([]),
        json!({"total": "two"}),
        json!({"total": -1}),
    ] {
        body["amount"] = amount;
        assert!(
            serde_json::from_value::<ApproveResponse>(body.clone()).is_err(),
            "{body}"
        );
    }
}

#[test]
fn a_full_cancel_of_the_predecessor_is_read() {
    let answer: CancelResponse = read(&fixture!("cancel.full.old-doc"));
    assert_eq!(answer.status, OrderStatus::CancelPayment);
    assert_eq!(answer.approved_cancel_amount, None);
    assert_eq!(answer.canceled_amount.unwrap().total, 2_200);
    assert_eq!(answer.cancel_available_amount.unwrap().total, 0);
    assert_eq!(
        answer.canceled_at.unwrap().to_string(),
        "2016-11-15T21:28:28"
    );
}

#[test]
fn a_lookup_is_read_as_documented_and_with_the_gaps_seen() {
    let amount = json!({"total": 2_200, "tax_free": 0, "vat": 200, "point": 0, "discount": 0,
        "green_deposit": 0});
    let body = json!({
        "tid": "T1234567890123456789", "cid": "TC0ONETIME", "status": "PART_CANCEL_PAYMENT",
        "partner_order_id": "o", "partner_user_id": "u", "payment_method_type": "CARD",
        "item_name": "초코파이", "quantity": 1, "amount": amount, "canceled_amount": amount,
        "cancel_available_amount": amount, "created_at": "2023-07-15T21:18:22",
        "approved_at": "2023-07-15T21:18:22", "canceled_at": "2023-07-15T21:18:22",
        "selected_card_info": {"card_bin": "621640", "install_month": 0,
            "card_corp_name": "비씨카드", "interest_free_install": "N"},
        "payment_action_details": [
            {"aid": "A5678901234567890123", "payment_action_type": "PAYMENT",
                "payment_method_type": "CARD", "amount": 2_200, "point_amount": 0,
                "discount_amount": 0, "approved_at": "2023-07-15T21:18:22"},
            {"aid": "A5678901234567890124", "payment_action_type": "CANCEL", "payload": "can_1"},
        ],
    });
    assert_written_back::<OrderResponse>(&body);
    let answer: OrderResponse = read(&body);
    assert!(answer.status.was_approved() && !answer.is_paid_in_full(2_200));
    let [paid, canceled] = answer.payment_action_details.as_slice() else {
        panic!("{answer:?}")
    };
    assert_eq!((paid.amount, canceled.amount), (Some(2_200), None));
    assert_eq!(canceled.payment_action_type, PaymentActionType::Cancel);
    assert_eq!(canceled.payload.as_ref().unwrap(), &"can_1");

    let early: OrderResponse = read(&json!({"tid": "T1", "status": "READY", "approved_at": null,
        "payment_action_details": null, "selected_card_info": null}));
    assert!(early.status.is_open() && early.amount.is_none());
    assert!(early.payment_action_details.is_empty());
}

#[test]
fn errors_of_both_generations_are_read() {
    let locked: ApiError = read(&fixture!("error.approve-780.new-doc.http400"));
    assert_eq!(locked.error_code, Some(-780));
    assert_eq!(locked.method_result_code(), Some("USER_LOCKED"));
    let old: ApiError = read(&fixture!("error.cancel-781.old-doc.http400"));
    assert_eq!(
        (old.error_code, old.error_message.as_str()),
        (Some(-781), "cancel failure!")
    );
    assert_eq!(
        old.extras.unwrap().method_result_message.as_deref(),
        Some("원거래없음")
    );
    let forbidden: ApiError = read(&fixture!("error.ready-403.new-real.http403"));
    assert_eq!(forbidden.error_message, "접근 금지됨");
    assert_eq!(forbidden.extras, None);
}
