//! What is booked of an answer that says yes.

use super::*;

/// 17:00 in Korea.
fn now() -> Timestamp {
    utc("2027-01-15T08:00:00Z")
}

fn utc(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn won(amount: i64) -> Won {
    Won::new("amount", amount).unwrap()
}

/// An amount and its VAT.
fn of(total: i64, vat: i64) -> Amount {
    Amount {
        total: won(total),
        vat: won(vat),
        ..Amount::default()
    }
}

/// The answer with other members; one that is null is left out.
fn with(mut answer: Value, others: Value) -> Value {
    let members = answer.as_object_mut().unwrap();
    members.append(&mut serde_json::from_value(others).unwrap());
    members.retain(|_, value| !value.is_null());
    answer
}

fn approve(others: Value) -> ApproveAnswer {
    let answer = json!({
        "aid": "A6a8d3a301d33ed2dc3c", "tid": "T6a8d38329fd342cdd38", "cid": "TC0ONETIME",
        "partner_order_id": "order-1", "partner_user_id": "user-1", "item_name": "초코파이",
        "quantity": 1, "payment_method_type": "MONEY",
        "amount": { "total": 1_100, "tax_free": 1, "vat": 2, "point": 3, "discount": 4,
                    "green_deposit": 5 },
        "created_at": "2027-01-15T16:58:00", "approved_at": "2027-01-15T16:59:30",
    });
    approved(serde_json::from_value(with(answer, others)).unwrap(), now())
}

fn order(others: Value) -> Lookup {
    let answer = json!({
        "tid": "T6a8d38329fd342cdd38", "cid": "TC0ONETIME", "status": "SUCCESS_PAYMENT",
        "partner_order_id": "order-1", "partner_user_id": "user-1",
        "payment_method_type": "MONEY", "item_name": "초코파이", "quantity": 1,
        "amount": { "total": 2_200, "vat": 200 },
        "approved_at": "2027-01-15T16:59:30",
        "payment_action_details": [
            { "aid": "A1", "payment_action_type": "PAYMENT", "approved_at": "2027-01-15T16:59:30" },
        ],
    });
    looked_up(serde_json::from_value(with(answer, others)).unwrap(), now())
}

fn cancel(others: Value) -> CancelAnswer {
    let answer = json!({
        "aid": "A2", "tid": "T6a8d38329fd342cdd38", "cid": "TC0ONETIME",
        "status": "PART_CANCEL_PAYMENT", "amount": { "total": 2_200, "vat": 200 },
        "approved_cancel_amount": { "total": 1_100, "vat": 100 },
        "canceled_amount": { "total": 1_650, "vat": 150 },
        "canceled_at": "2027-01-15T17:00:00",
    });
    let answer: CancelResponse = serde_json::from_value(with(answer, others)).unwrap();
    canceled(&answer, now())
}

fn paid_approval(others: Value) -> Paid {
    match approve(others) {
        ApproveAnswer::Paid(paid) => *paid,
        other => panic!("{other:?}"),
    }
}

fn paid_order(others: Value) -> Paid {
    match order(others) {
        Lookup::Paid(paid) => *paid,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_is_booked_as_kakaopay_tells_it() {
    let expected = Paid {
        cid: "TC0ONETIME".to_owned(),
        tid: "T6a8d38329fd342cdd38".to_owned(),
        order_id: "order-1".to_owned(),
        user_id: "user-1".to_owned(),
        approval: Approval {
            aid: Some("A6a8d3a301d33ed2dc3c".to_owned()),
            amount: Amount {
                total: won(1_100),
                tax_free: won(1),
                vat: won(2),
                point: won(3),
                discount: won(4),
                green_deposit: won(5),
            },
            payment_method_type: Some("MONEY".to_owned()),
            card_info: None,
            approved_at: Some(utc("2027-01-15T07:59:30Z")),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: Amount::default(),
        cancels: Vec::new(),
        tells_payloads: false,
    };
    assert_eq!(paid_approval(json!({})), expected);
}

#[test]
fn an_approval_tells_all_of_the_card_that_a_receipt_needs() {
    let card = json!({
        "kakaopay_purchase_corp": "신한", "kakaopay_purchase_corp_code": "701",
        "kakaopay_issuer_corp": "수협은행", "kakaopay_issuer_corp_code": "212",
        "bin": "621640", "card_type": "신용", "install_month": "03",
        "approved_id": "12345678", "card_mid": "123456789", "interest_free_install": "N",
        "installment_type": "CARD_INSTALLMENT", "card_item_code": "111111",
    });
    let paid = paid_approval(json!({ "payment_method_type": "CARD", "card_info": card }));
    assert_eq!(paid.approval.payment_method_type.as_deref(), Some("CARD"));
    let told = serde_json::to_value(paid.approval.card_info).unwrap();
    assert_eq!(with(told, json!({})), card);
}

#[test]
fn a_lookup_tells_less_of_the_card_under_other_names() {
    let card = json!({
        "card_bin": "621640", "install_month": 3, "card_corp_name": "신한카드",
        "interest_free_install": "Y",
    });
    let paid = paid_order(json!({ "payment_method_type": "CARD", "selected_card_info": card }));
    let expected = CardInfo {
        card_corp_name: Some("신한카드".to_owned()),
        bin: Some("621640".to_owned()),
        install_month: Some("03".to_owned()),
        interest_free_install: Some("Y".to_owned()),
        ..CardInfo::default()
    };
    assert_eq!(paid.approval.card_info, Some(expected));
}

#[test]
fn money_that_moved_is_booked_without_what_cannot_be() {
    let approval = paid_approval(json!({
        "aid": "A".repeat(65), "payment_method_type": "", "approved_at": "9999-01-01T00:00:00",
        "card_info": { "bin": "", "card_type": "신용", "approved_id": "1".repeat(101) },
    }))
    .approval;
    assert_eq!(approval.amount.total, won(1_100));
    assert_eq!(approval.aid, None);
    assert_eq!(approval.payment_method_type, None);
    assert_eq!(approval.approved_at, None);
    let card = CardInfo {
        card_type: Some("신용".to_owned()),
        ..CardInfo::default()
    };
    assert_eq!(approval.card_info, Some(card));
}

#[test]
fn an_amount_that_cannot_be_proves_nothing() {
    // Above what danpay takes: 2^53 - 1.
    let beyond = json!({ "total": 9_007_199_254_740_992_u64 });
    let asked = json!({ "amount": beyond });
    let canceled = json!({ "canceled_amount": beyond });
    assert_eq!(approve(asked.clone()), ApproveAnswer::Unknown);
    assert_eq!(order(asked), Lookup::Inconclusive);
    assert_eq!(order(canceled.clone()), Lookup::Inconclusive);
    assert_eq!(cancel(canceled), CancelAnswer::Unknown);
    for part in ["tax_free", "vat", "point", "discount", "green_deposit"] {
        let beyond = json!({ "total": 2_200, part: 9_007_199_254_740_992_u64 });
        let answer = approve(json!({ "amount": beyond }));
        assert_eq!(answer, ApproveAnswer::Unknown, "{part}");
    }
}

#[test]
fn each_status_of_a_lookup_says_one_thing_about_money() {
    let open = "READY SEND_TMS OPEN_PAYMENT SELECT_METHOD ARS_WAITING AUTH_PASSWORD";
    for status in open.split(' ') {
        assert_eq!(
            order(json!({ "status": status })),
            Lookup::Unpaid,
            "{status}"
        );
    }
    assert_eq!(order(json!({ "status": "QUIT_PAYMENT" })), Lookup::Quit);
    for (status, code) in [
        ("FAIL_AUTH_PASSWORD", "authentication_failed"),
        ("FAIL_PAYMENT", "approval_failed"),
    ] {
        let Lookup::Failed(failure) = order(json!({ "status": status })) else {
            panic!("{status}");
        };
        assert_eq!(failure.code, code);
    }
    // A subscription's, one of the future, and none.
    for status in ["ISSUED_SID", "EXPIRED_PAYMENT", ""] {
        let lookup = order(json!({ "status": status }));
        assert_eq!(lookup, Lookup::Inconclusive, "{status}");
    }
}

#[test]
fn a_lookup_of_a_paid_payment_is_booked_as_kakaopay_tells_it() {
    let expected = Paid {
        cid: "TC0ONETIME".to_owned(),
        tid: "T6a8d38329fd342cdd38".to_owned(),
        order_id: "order-1".to_owned(),
        user_id: "user-1".to_owned(),
        approval: Approval {
            aid: Some("A1".to_owned()),
            amount: of(2_200, 200),
            payment_method_type: Some("MONEY".to_owned()),
            card_info: None,
            approved_at: Some(utc("2027-01-15T07:59:30Z")),
            second_charge_of: None,
            corrected_from: None,
        },
        canceled: Amount::default(),
        cancels: Vec::new(),
        tells_payloads: false,
    };
    assert_eq!(paid_order(json!({})), expected);
    let nothing_went_back = json!({ "canceled_amount": { "total": 0 } });
    assert_eq!(paid_order(nothing_went_back), expected);

    let bare = json!({
        "payment_method_type": null, "approved_at": null, "payment_action_details": null,
    });
    let approval = Approval {
        aid: None,
        payment_method_type: None,
        approved_at: None,
        ..expected.approval
    };
    assert_eq!(paid_order(bare).approval, approval);
}

#[test]
fn a_lookup_without_the_amount_it_speaks_of_proves_nothing() {
    for status in ["SUCCESS_PAYMENT", "PART_CANCEL_PAYMENT", "CANCEL_PAYMENT"] {
        let canceled = json!({ "total": 1_100, "vat": 100 });
        let answer = json!({ "status": status, "canceled_amount": canceled });
        assert_eq!(paid_order(answer).canceled, of(1_100, 100), "{status}");
        let lookup = order(json!({
            "status": status, "canceled_amount": canceled, "amount": null,
        }));
        assert_eq!(lookup, Lookup::Inconclusive, "{status}");
    }
    for status in ["PART_CANCEL_PAYMENT", "CANCEL_PAYMENT"] {
        for canceled in [Value::Null, json!({ "total": 0 })] {
            let lookup = order(json!({ "status": status, "canceled_amount": canceled }));
            assert_eq!(lookup, Lookup::Inconclusive, "{status} {canceled}");
        }
    }
}

#[test]
fn each_cancellation_is_read_from_the_lookups_history() {
    let history = json!([
        { "aid": "A0", "payment_action_type": "ISSUED_SID" },
        { "aid": "A2", "payment_action_type": "CANCEL", "approved_at": "2027-01-15T17:00:00",
          "payload": "can_1" },
        { "aid": "A1", "payment_action_type": "PAYMENT" },
        { "aid": "A".repeat(65), "payment_action_type": "CANCEL",
          "approved_at": "1999-01-01T00:00:00" },
    ]);
    let paid = paid_order(json!({
        "status": "PART_CANCEL_PAYMENT", "canceled_amount": { "total": 1_100 },
        "payment_action_details": history,
    }));
    assert_eq!(paid.approval.aid.as_deref(), Some("A1"));
    let expected = [
        CancelAction {
            aid: Some("A2".to_owned()),
            payload: Some("can_1".to_owned()),
            at: Some(utc("2027-01-15T08:00:00Z")),
        },
        CancelAction {
            aid: None,
            payload: None,
            at: None,
        },
    ];
    assert_eq!(paid.cancels, expected);
    assert!(paid.tells_payloads);
}

#[test]
fn a_cancellation_is_booked_as_kakaopay_tells_it() {
    let expected = |amount| {
        CancelAnswer::Canceled(Box::new(Canceled {
            cid: "TC0ONETIME".to_owned(),
            tid: "T6a8d38329fd342cdd38".to_owned(),
            aid: Some("A2".to_owned()),
            amount,
            canceled: of(1_650, 150),
            canceled_at: Some(utc("2027-01-15T08:00:00Z")),
        }))
    };
    assert_eq!(cancel(json!({})), expected(Some(of(1_100, 100))));
    // An old sample of KakaoPay's does not tell what the call itself canceled.
    let without = json!({ "approved_cancel_amount": null });
    assert_eq!(cancel(without), expected(None));
}

#[test]
fn a_cancellation_without_what_went_back_so_far_is_no_record() {
    let without = json!({ "canceled_amount": null });
    assert_eq!(cancel(without), CancelAnswer::Unknown);
}

#[test]
fn what_is_recorded_of_an_answer_tells_of_no_person() {
    let answer: OrderResponse = serde_json::from_value(json!({
        "tid": "T1", "status": "READY", "partner_user_id": "hong@shop.example",
    }))
    .unwrap();
    let told = recorded(&answer);
    assert_eq!(told["tid"], "T1");
    assert_eq!(told["status"], "READY");
    assert_eq!(told["partner_user_id"], "***");
}
