use serde_json::{Value, json};

use super::*;
use crate::history::Step;
use crate::journal::Entry;
use crate::record::{Asked, Attempt, Told};

/// A payment of 2,200 won that was paid and of which 500 went back, and nothing is wrong with it.
struct Case {
    books: Value,
    history: Value,
    /// What shops are told: sequences, types and statuses.
    told: Vec<(u32, &'static str, &'static str)>,
    ledger: Value,
    calls: Value,
    record: Record,
}

impl Case {
    fn new() -> Self {
        let paid = json!({ "total": 2200, "tax_free": 0, "vat": 200 });
        let back = json!({ "total": 500, "tax_free": 0, "vat": 45 });
        let left = json!({ "total": 1700, "tax_free": 0, "vat": 155 });
        let cancellation = json!({
            "id": "can_1", "status": "done", "amount": back, "reason": "cancel-1-0",
            "outside": false, "failure": null, "requested_at": "2026-01-01T00:01:00Z",
        });
        let event = |sequence: u32, kind: &str, status: &str| {
            json!({
                "id": format!("evt_{sequence}"), "sequence": sequence, "type": kind, "at": "2026-01-01T00:00:00Z", "by": "payer",
                "state": { "status": status },
            })
        };
        let mut record = Record::default();
        let mut attempt = Attempt::of("order-1");
        attempt.given.insert("pay_1".to_owned());
        record.attempts.insert("order-1-0".to_owned(), attempt);
        record.came_back.insert("pay_1".to_owned());
        let asked = Asked {
            told: Told::Done,
            named: ["can_1".to_owned()].into(),
            ..Asked::under("cancel-1-0")
        };
        record.cancels.insert("pay_1".to_owned(), vec![asked]);
        Self {
            books: json!([{
                "id": "pay_1", "status": "partially_canceled", "order_id": "order-1", "tid": "T1",
                "cid": "TC0ONETIME", "aid": "A1", "approval": "automatic", "failure": null, "second_charge_of": null,
                "expires_at": "2026-01-01T00:15:00.5Z", "amount": paid, "canceled_amount": back,
                "cancel_available_amount": left, "cancellations": [cancellation],
                "livemode": false, "user_id": "member-1", "item_name": "초코파이", "quantity": 1,
                "metadata": {}, "created_at": "2026-01-01T00:00:00.5Z",
            }]),
            history: json!([
                event(1, "payment.created", "ready"),
                event(2, "payment.approving", "approving"),
                event(3, "payment.approved", "approved"),
                event(4, "cancellation.requested", "approved"),
                event(5, "payment.partially_canceled", "partially_canceled"),
            ]),
            told: vec![
                (1, "payment.ready", "ready"),
                (3, "payment.approved", "approved"),
                (5, "payment.partially_canceled", "partially_canceled"),
            ],
            ledger: json!([{
                "tid": "T1", "order_id": "order-1", "status": "PART_CANCEL_PAYMENT",
                "total": 2200, "tax_free": 0, "vat": 200, "aid": "A1",
                "approve_calls": 1, "entries": [
                    { "kind": "PAYMENT", "total": 2200, "tax_free": 0, "vat": 200,
                      "payload": "pay_1" },
                    { "kind": "CANCEL", "total": 500, "tax_free": 0, "vat": 45,
                      "payload": "can_1" },
                ],
            }]),
            calls: json!([{
                "number": 1, "at": "2026-01-01T00:00:00Z", "path": "/online/v1/payment/approve",
                "body": "{}", "status": 200, "answer": "{}", "fault": null, "error_code": null,
                "tid": "T1",
            }]),
            record,
        }
    }

    /// The same with something at a place of the books, or of the ledger, replaced.
    fn books(mut self, place: &str, value: impl Into<Value>) -> Self {
        *self.books.pointer_mut(place).unwrap() = value.into();
        self
    }

    fn ledger(mut self, place: &str, value: impl Into<Value>) -> Self {
        *self.ledger.pointer_mut(place).unwrap() = value.into();
        self
    }

    fn calls(mut self, place: &str, value: impl Into<Value>) -> Self {
        *self.calls.pointer_mut(place).unwrap() = value.into();
        self
    }

    /// The same of a payment that nobody has paid.
    fn unpaid(self, status: &'static str, failure: Value) -> Self {
        let nothing = json!({ "total": 0, "tax_free": 0, "vat": 0 });
        let mut case = self
            .ledger("/0/entries", json!([]))
            .ledger("/0/status", "FAIL_PAYMENT")
            .books("/0/status", status)
            .books("/0/failure", failure)
            .books("/0/canceled_amount", nothing)
            .books("/0/cancellations", json!([]));
        let last = json!({
            "id": "evt_3", "sequence": 3, "type": "payment.failed", "at": "2026-01-01T00:14:59Z",
            "by": "recovery", "state": { "status": status },
        });
        let events = case.history.as_array_mut().unwrap();
        events.truncate(2);
        events.push(last);
        case.told.truncate(1);
        case.told.push((3, "payment.failed", status));
        case.record.cancels.clear();
        case
    }

    fn found(&self) -> Vec<String> {
        let books: Vec<Payment> = serde_json::from_value(self.books.clone()).unwrap();
        let history: Vec<Step> = serde_json::from_value(self.history.clone()).unwrap();
        let told = self.told.iter().map(|(sequence, kind, status)| {
            let mut payment = Self::new().books[0].clone();
            payment["status"] = json!(status);
            let event = json!({
                "id": format!("evt_{sequence}"), "sequence": sequence, "type": kind,
                "payment": payment, "created_at": "2026-01-01T00:00:00Z", "livemode": false,
            });
            serde_json::from_value(event).unwrap()
        });
        let ledger: Vec<LedgerPayment> = serde_json::from_value(self.ledger.clone()).unwrap();
        let calls: Vec<Entry> = serde_json::from_value(self.calls.clone()).unwrap();
        let calls = calls.into_iter().map(|call| (call.number, call));
        let journal = Journal {
            calls: calls.collect(),
            rest_until: None,
        };
        let found = check(&Evidence {
            books: &books,
            events: &[("pay_1".to_owned(), told.collect())].into(),
            history: &[("pay_1".to_owned(), history)].into(),
            ledger: &ledger,
            journal: &journal,
            record: &self.record,
        });
        found.into_iter().map(|violation| violation.what).collect()
    }

    #[track_caller]
    fn finds(&self, what: &str) {
        let found = self.found();
        assert!(found.iter().any(|found| found.contains(what)), "{found:?}");
    }
}

#[test]
fn books_that_agree_with_the_ledger_have_no_violation() {
    assert_eq!(Case::new().found(), [""; 0]);
}

#[test]
fn money_that_only_one_side_knows_of_is_found() {
    Case::new()
        .ledger("/0/entries", json!([]))
        .finds("with 0 approvals");
    Case::new()
        .books("/0/status", "failed")
        .finds("with 1 approvals");
    Case::new().books("", json!([])).finds("in no book");
    Case::new().books("/0/tid", "T2").finds("a TID of nobody");
}

#[test]
fn what_differs_by_a_won_is_found() {
    for part in ["total", "tax_free", "vat"] {
        Case::new()
            .books(&format!("/0/amount/{part}"), 2_201)
            .finds("its amount is");
        Case::new()
            .books(&format!("/0/canceled_amount/{part}"), 501)
            .finds("is canceled, at");
        let went = format!("/0/cancellations/0/amount/{part}");
        Case::new().books(&went, 501).finds("was executed as");
    }
    Case::new()
        .books("/0/cancel_available_amount/total", 1_701)
        .finds("can be canceled");
    Case::new().books("/0/aid", "A2").finds("its aid is");
}

#[test]
fn money_that_moved_twice_is_found() {
    let mut case = Case::new();
    let entries = case
        .ledger
        .pointer_mut("/0/entries")
        .unwrap()
        .as_array_mut()
        .unwrap();
    entries.extend(entries.clone());
    case.finds("KakaoPay has approved it 2 times");
    case.finds("order-1 was paid 2 times");
    case.finds("was executed as");
}

#[test]
fn two_charges_of_one_order_are_found() {
    let mut case = Case::new();
    let mut again = case.ledger[0].clone();
    again["tid"] = json!("T2");
    case.ledger.as_array_mut().unwrap().push(again);
    case.finds("order-1 was paid 2 times");
    Case::new()
        .books("/0/second_charge_of", "pay_0")
        .finds("a second charge, after pay_0");
}

#[test]
fn two_payments_under_one_key_and_a_payment_under_none_are_found() {
    let mut case = Case::new();
    let attempt = case.record.attempts.get_mut("order-1-0").unwrap();
    attempt.given.insert("pay_2".to_owned());
    case.finds("order-1-0 was given");
    let mut case = Case::new();
    let attempt = case.record.attempts.get_mut("order-1-0").unwrap();
    attempt.given.clear();
    // It may be the payment whose answer the shop never got.
    assert_eq!(case.found(), [""; 0]);
    case.record.attempts.clear();
    case.finds("nobody has ordered");
    let mut case = Case::new();
    let attempt = case.record.attempts.remove("order-1-0").unwrap();
    let other = Attempt {
        given: ["pay_2".to_owned()].into(),
        ..attempt
    };
    case.record.attempts.insert("order-1-1".to_owned(), other);
    case.finds("order-1 was given");
}

#[test]
fn a_shop_that_was_wrongly_told_that_the_order_is_paid_is_found() {
    let too_late = Attempt {
        too_late: true,
        ..Attempt::of("order-1")
    };
    let mut case = Case::new();
    let again = ("order-1-again".to_owned(), too_late);
    case.record.attempts.extend([again]);
    assert_eq!(case.found(), [""; 0]);
    case.ledger("/0/entries", json!([]))
        .finds("was told that the order is paid, and it is not");
}

#[test]
fn what_is_still_in_doubt_is_found() {
    Case::new()
        .books("/0/status", "approving")
        .finds("should have been settled");
    let waits = || Case::new().unpaid("authenticated", Value::Null);
    waits().finds("should have been settled");
    assert_eq!(waits().books("/0/approval", "manual").found(), [""; 0]);
    Case::new()
        .books("/0/cancellations/0/status", "pending")
        .finds("should have been settled");
}

#[test]
fn a_cancellation_that_nobody_or_somebody_else_made_is_found() {
    Case::new()
        .ledger("/0/entries/1/payload", Value::Null)
        .finds("is in no book");
    Case::new()
        .books("/0/cancellations/0/reason", "cancel-2-0")
        .finds("nobody asked for");
    Case::new()
        .books("/0/cancellations/0/status", "failed")
        .finds("was executed as");
    let mut case = Case::new();
    case.record.cancels.get_mut("pay_1").unwrap()[0].told = Told::Refused;
    case.finds("Refused");
}

#[test]
fn what_the_shop_was_once_told_and_is_not_true_is_found() {
    let mut case = Case::new();
    case.record
        .told
        .insert("pay_1".to_owned(), ["failed".to_owned()].into());
    case.finds("it was once failed");
    let mut case = Case::new();
    case.history[2]["state"]["status"] = json!("expired");
    case.finds("it was once expired");
}

#[test]
fn a_history_with_a_gap_or_another_end_is_found() {
    let mut case = Case::new();
    case.history.as_array_mut().unwrap().remove(1);
    case.finds("are numbered");
    let mut case = Case::new();
    case.history.as_array_mut().unwrap().pop();
    case.finds("after its last event");
}

#[test]
fn what_shops_are_told_wrongly_is_found() {
    let told = |number: usize| {
        let mut case = Case::new();
        case.told.remove(number);
        case
    };
    told(1).finds("it is partially_canceled, and told was");
    told(2).finds("and told last was Some(\"approved\")");
    let mut twice = Case::new();
    twice.told.insert(1, (2, "payment.approved", "approved"));
    twice.finds("it is partially_canceled, and told was");
    let mut unordered = Case::new();
    unordered.told.swap(0, 1);
    unordered.finds("was told of the steps");
    let mut of_no_step = Case::new();
    of_no_step.told[0].0 = 9;
    of_no_step.finds("was told of the steps");
    let mut paid = Case::new().unpaid("failed", Value::Null);
    paid.told.push((3, "payment.approved", "approved"));
    paid.finds("it was once approved");
    let mut case = Case::new();
    let seen = [(1, "evt_1".to_owned()), (3, "evt_4".to_owned())];
    case.record.seen.insert("pay_1".to_owned(), seen.into());
    case.finds("its event 3, evt_4, was seen, and is lost");
}

#[test]
fn a_call_without_a_claim_and_a_second_claim_are_found() {
    Case::new()
        .ledger("/0/approve_calls", 2)
        .finds("asked 2 times to approve, by 1 calls");
    let mut case = Case::new();
    case.history[2]["type"] = json!("payment.approving");
    case.finds("claimed twice");
}

#[test]
fn what_has_failed_for_trouble_of_our_own_is_found() {
    let failure = |code: &str, kakaopay: Value| json!({ "code": code, "message": "", "message_ko": "", "kakaopay": kakaopay });
    let no = |code: &str, error_code: i64| failure(code, json!({ "error_code": error_code }));
    let refused = || no("payment_method_refused", -780);
    assert_eq!(Case::new().unpaid("failed", refused()).found(), [""; 0]);
    for failure in [
        Value::Null,
        no("kakaopay_setup", -401),
        no("payment_method_refused", -401),
        no("rejected", -400),
        failure("kakaopay_unreachable", Value::Null),
        failure("authentication_failed", Value::Null),
        // No other payment of the order is paid.
        failure("order_already_paid", Value::Null),
    ] {
        Case::new()
            .unpaid("failed", failure)
            .finds("it has failed for");
    }
    Case::new()
        .books("/0/cancellations/0/failure", no("kakaopay_setup", -401))
        .finds("can_1 has failed for");
}

#[test]
fn what_expires_before_its_time_is_found() {
    let mut case = Case::new().unpaid("expired", Value::Null);
    case.finds("before its time");
    case.history[2]["at"] = json!("2026-01-01T00:15:00Z");
    assert_eq!(case.found(), [""; 0]);
}

#[test]
fn an_approval_that_no_payer_came_back_for_is_found() {
    let mut case = Case::new();
    case.record.came_back.clear();
    case.finds("no payer came back");
}

#[test]
fn a_pg_token_that_somebody_made_up_is_found_unless_the_payer_did() {
    for code in [-708, -701] {
        let mut case = Case::new().calls("/0/error_code", code);
        case.finds("a pg_token that was not its payer's");
        case.record.tampered.insert("T1".to_owned());
        assert_eq!(case.found(), [""; 0]);
    }
}

#[test]
fn a_call_that_was_not_seen_is_found() {
    Case::new().calls("/0/number", 2).finds("calls are missing");
}

#[test]
fn an_answer_that_named_another_cancellation_is_found() {
    let mut case = Case::new();
    let asked = &mut case.record.cancels.get_mut("pay_1").unwrap()[0];
    asked.named.insert("can_2".to_owned());
    case.finds("can_2");
}

#[test]
fn a_second_cancellation_under_one_key_is_found() {
    let mut case = Case::new();
    let mut again = case.books[0]["cancellations"][0].clone();
    again["id"] = json!("can_2");
    let cancellations = case.books.pointer_mut("/0/cancellations").unwrap();
    cancellations.as_array_mut().unwrap().push(again);
    case.finds(r#"["done", "done"]"#);
}
