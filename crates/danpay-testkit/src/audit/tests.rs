use serde_json::{Value, json};

use super::*;

/// A payment of 2,200 KRW that is paid, of which 1,100 went back.
fn books() -> Value {
    let amount = |total: i64| json!({ "total": total, "tax_free": 0, "vat": total / 11 });
    json!([{
        "id": "pay_1", "status": "partially_canceled", "livemode": false, "order_id": "o",
        "user_id": "u", "item_name": "i", "quantity": 1, "amount": amount(2_200),
        "canceled_amount": amount(1_100), "cancel_available_amount": amount(1_100), "cid": "c",
        "tid": "T1", "aid": "A1", "approval": "automatic", "metadata": {},
        "cancellations": [{
            "id": "can_1", "status": "done", "amount": amount(1_100),
            "requested_at": "2026-11-26T00:00:00Z",
        }],
        "created_at": "2026-11-26T00:00:00Z", "expires_at": "2026-11-26T00:15:00Z",
    }])
}

fn ledger() -> Value {
    json!([{
        "tid": "T1", "order_id": "o", "status": "PART_CANCEL_PAYMENT", "total": 2_200, "tax_free": 0,
        "vat": 200, "aid": "A1", "approve_calls": 1,
        "entries": [
            { "kind": "PAYMENT", "total": 2_200, "tax_free": 0, "vat": 200, "payload": null },
            { "kind": "CANCEL", "total": 1_100, "tax_free": 0, "vat": 100, "payload": "can_1" },
        ],
    }])
}

fn found(books: &Value, ledger: &Value) -> Vec<String> {
    let books: Vec<Payment> = serde_json::from_value(books.clone()).unwrap();
    let ledger: Vec<LedgerPayment> = serde_json::from_value(ledger.clone()).unwrap();
    let findings = audit(&books, &ledger);
    findings.into_iter().map(|finding| finding.what).collect()
}

/// What is found once this is changed in the books.
fn found_with(path: &str, value: Value) -> Vec<String> {
    let mut books = books();
    *books.pointer_mut(path).unwrap() = value;
    found(&books, &ledger())
}

#[test]
fn equal_books_agree_and_tell_their_sum() {
    assert_eq!(found(&books(), &ledger()), [""; 0]);
    let books: Vec<Payment> = serde_json::from_value(books()).unwrap();
    let totals = totals(&books);
    assert_eq!(
        (totals.approved, totals.won, totals.in_doubt),
        (1, 2_200, 0)
    );
}

#[test]
fn a_payment_that_one_side_has_alone_is_found() {
    assert_eq!(found(&books(), &json!([])), ["it has a TID of nobody"]);
    let only_there = found(&json!([]), &ledger());
    assert_eq!(only_there, ["it is paid at KakaoPay, and in no book"]);
}

#[test]
fn a_single_won_of_difference_is_found() {
    for path in [
        "/0/amount/total",
        "/0/amount/vat",
        "/0/canceled_amount/tax_free",
        "/0/cancel_available_amount/total",
        "/0/cancellations/0/amount/total",
    ] {
        assert_ne!(found_with(path, json!(1)), [""; 0], "{path}");
    }
}

#[test]
fn what_the_ledger_contradicts_is_found() {
    for (path, value) in [
        ("/0/status", json!("failed")),
        ("/0/status", json!("approved")),
        ("/0/status", json!("canceled")),
        ("/0/aid", json!("A2")),
        ("/0/order_id", json!("another")),
        ("/0/cancellations/0/status", json!("failed")),
        ("/0/cancellations/0/id", json!("can_2")),
        ("/0/cancellations", json!([])),
    ] {
        assert_ne!(found_with(path, value), [""; 0], "{path}");
    }
}

#[test]
fn money_that_moved_twice_is_found() {
    for entry in [0, 1] {
        let mut ledger = ledger();
        let entries = ledger[0]["entries"].as_array_mut().unwrap();
        entries.push(entries[entry].clone());
        assert_ne!(found(&books(), &ledger), [""; 0], "{entry}");
    }
}

#[test]
fn what_danpay_calls_in_doubt_may_be_either_way() {
    assert_eq!(found_with("/0/status", json!("approving")), [""; 0]);
    let pending = found_with("/0/cancellations/0/status", json!("pending"));
    assert_eq!(pending, [""; 0]);
}
