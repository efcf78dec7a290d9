use serde_json::{Value, json};

use super::*;
use crate::world::{Asked, Told};

/// A payment of 2,200 won that was paid and of which 500 went back, and nothing is wrong with it.
struct Case {
    books: Value,
    events: Value,
    ledger: Value,
    record: Record,
}

impl Case {
    fn new() -> Self {
        let paid = json!({ "total": 2200, "tax_free": 0, "vat": 200 });
        let back = json!({ "total": 500, "tax_free": 0, "vat": 45 });
        let left = json!({ "total": 1700, "tax_free": 0, "vat": 155 });
        let cancellation = json!({
            "id": "can_1", "status": "done", "amount": back, "reason": "cancel-1-0",
            "outside": false,
        });
        let event = |sequence: u32, kind: &str, status: &str| {
            json!({
                "id": format!("evt_{sequence}"), "sequence": sequence, "type": kind, "at": "2026-01-01T00:00:00Z", "by": "payer",
                "state": { "status": status },
            })
        };
        let mut record = Record::default();
        let given = ("order-1".to_owned(), ["pay_1".to_owned()].into());
        record.given.extend([given]);
        let asked = Asked {
            key: "cancel-1-0".to_owned(),
            told: Told::Done,
        };
        record.cancels.insert("pay_1".to_owned(), vec![asked]);
        Self {
            books: json!([{
                "id": "pay_1", "status": "partially_canceled", "order_id": "order-1", "tid": "T1",
                "aid": "A1", "amount": paid, "canceled_amount": back,
                "cancel_available_amount": left, "cancellations": [cancellation],
            }]),
            events: json!([
                event(1, "payment.created", "ready"),
                event(2, "payment.approving", "approving"),
                event(3, "payment.approved", "approved"),
                event(4, "cancellation.requested", "approved"),
                event(5, "payment.partially_canceled", "partially_canceled"),
            ]),
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

    fn found(&self) -> Vec<String> {
        let books: Vec<Payment> = serde_json::from_value(self.books.clone()).unwrap();
        let events: Vec<Event> = serde_json::from_value(self.events.clone()).unwrap();
        let ledger: Vec<LedgerPayment> = serde_json::from_value(self.ledger.clone()).unwrap();
        let found = check(&Evidence {
            books: &books,
            events: &[("pay_1".to_owned(), events)].into(),
            ledger: &ledger,
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
fn two_payments_of_one_order_are_found() {
    let mut case = Case::new();
    let mut again = case.ledger[0].clone();
    again["tid"] = json!("T2");
    case.ledger.as_array_mut().unwrap().push(again);
    case.finds("order-1 was paid 2 times");
    let mut case = Case::new();
    case.record
        .given
        .entry("order-1".to_owned())
        .or_default()
        .insert("pay_2".to_owned());
    case.finds("was given");
}

#[test]
fn what_is_still_in_doubt_is_found() {
    Case::new()
        .books("/0/status", "approving")
        .finds("should have been settled");
    Case::new()
        .books("/0/cancellations/0/status", "pending")
        .finds("is pending");
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
    case.events[2]["state"]["status"] = json!("expired");
    case.finds("it was once expired");
}

#[test]
fn a_history_with_a_gap_or_another_end_is_found() {
    let mut case = Case::new();
    case.events.as_array_mut().unwrap().remove(1);
    case.finds("are numbered");
    let mut case = Case::new();
    case.events.as_array_mut().unwrap().pop();
    case.finds("after its last event");
}

#[test]
fn a_call_without_a_claim_and_a_second_claim_are_found() {
    Case::new()
        .ledger("/0/approve_calls", 2)
        .finds("asked 2 times to approve, by 1 calls");
    let mut case = Case::new();
    case.events[2]["type"] = json!("payment.approving");
    case.finds("claimed twice");
}
