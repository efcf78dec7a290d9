//! Do danpay's books say what KakaoPay's ledger says?
//! Invariant: pure, and it shares no code with what wrote either of them.

use std::collections::BTreeMap;

use danpay_client::{Amount, Cancellation, CancellationStatus, Payment, PaymentStatus};
use serde::Serialize;

use crate::LedgerPayment;
use crate::books::is_in_doubt;

/// What must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// danpay's id of the payment, or KakaoPay's if danpay has none.
    pub payment: String,
    /// What is wrong with it.
    pub what: String,
}

/// What the books have in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Payments that were paid, whatever went back.
    pub approved: u64,
    /// What was paid.
    pub won: i64,
    /// Payments in doubt, which recovery will settle.
    pub in_doubt: u64,
}

/// Holds every payment of the books against the ledger, and the ledger against the books. What danpay itself
/// calls in doubt may be either way.
pub fn audit(books: &[Payment], ledger: &[LedgerPayment]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unbooked: BTreeMap<&str, &LedgerPayment> = ledger
        .iter()
        .map(|held| (held.tid.as_str(), held))
        .collect();
    for payment in books {
        let wrong = match unbooked.remove(payment.tid.as_str()) {
            Some(held) => of_payment(payment, held),
            None => vec!["it has a TID of nobody".to_owned()],
        };
        findings.extend(wrong.into_iter().map(|what| Finding {
            payment: payment.id.to_string(),
            what,
        }));
    }
    let paid = unbooked.values().filter(|held| held.approvals() > 0);
    findings.extend(paid.map(|held| Finding {
        payment: held.tid.clone(),
        what: "it is paid at KakaoPay, and in no book".to_owned(),
    }));
    findings
}

/// What the books have in all.
pub fn totals(books: &[Payment]) -> Totals {
    let paid = books.iter().filter(|payment| payment.status.was_paid());
    Totals {
        approved: paid.clone().count() as u64,
        won: paid.map(|payment| payment.amount.total).sum(),
        in_doubt: books.iter().filter(|payment| is_in_doubt(payment)).count() as u64,
    }
}

fn of_payment(payment: &Payment, held: &LedgerPayment) -> Vec<String> {
    let mut wrong = Vec::new();
    let status = &payment.status;
    let approvals = held.approvals();
    if approvals > 1 {
        wrong.push(format!("KakaoPay has approved it {approvals} times"));
    }
    if payment.order_id != held.order_id {
        wrong.push(format!("KakaoPay has it for {}", held.order_id));
    }
    if is_in_doubt(payment) {
        return wrong;
    }
    if status.was_paid() != (approvals > 0) {
        let at_kakaopay = &held.status;
        wrong.push(format!(
            "it is {status}, and at KakaoPay {at_kakaopay} with {approvals} approvals"
        ));
    }
    if status.was_paid() {
        wrong.extend(what_was_paid(payment, held));
    }
    wrong.extend(what_went_back(payment, held));
    for cancellation in &payment.cancellations {
        wrong.extend(cancellation_is_wrong(cancellation, held));
    }
    for went in held.cancels() {
        let mut ours = payment.cancellations.iter();
        if !ours.any(|ours| Some(ours.id.as_str()) == went.payload.as_deref() || ours.outside) {
            wrong.push(format!("{went:?} is in no book"));
        }
    }
    wrong
}

fn what_was_paid(payment: &Payment, held: &LedgerPayment) -> Vec<String> {
    let mut wrong = Vec::new();
    let paid = [held.total, held.tax_free, held.vat];
    if split(&payment.amount) != paid {
        wrong.push(format!(
            "its amount is {:?}, and KakaoPay's {paid:?}",
            split(&payment.amount)
        ));
    }
    if payment.aid != held.aid {
        wrong.push(format!(
            "its aid is {:?}, and KakaoPay's {:?}",
            payment.aid, held.aid
        ));
    }
    let left = payment.amount.total - payment.canceled_amount.total;
    let available = payment.cancel_available_amount.total;
    if available != left {
        wrong.push(format!("{available} of it can be canceled, not {left}"));
    }
    wrong
}

fn what_went_back(payment: &Payment, held: &LedgerPayment) -> Vec<String> {
    let mut wrong = Vec::new();
    let canceled = held.cancels().fold([0; 3], |[total, tax_free, vat], went| {
        [total + went.total, tax_free + went.tax_free, vat + went.vat]
    });
    if split(&payment.canceled_amount) != canceled {
        let ours = split(&payment.canceled_amount);
        wrong.push(format!("{ours:?} is canceled, at KakaoPay {canceled:?}"));
    }
    let [total, ..] = canceled;
    if total > held.total {
        wrong.push(format!("{total} went back of {}", held.total));
    }
    let expected = match total {
        0 => PaymentStatus::Approved,
        total if total < held.total => PaymentStatus::PartiallyCanceled,
        _ => PaymentStatus::Canceled,
    };
    if payment.status.was_paid() && payment.status != expected {
        wrong.push(format!(
            "it is {}, and should be {expected}",
            payment.status
        ));
    }
    wrong
}

/// Executed exactly once if it is done, and not at all if it has failed.
fn cancellation_is_wrong(ours: &Cancellation, held: &LedgerPayment) -> Option<String> {
    let went = held.cancels();
    let went = went.filter(|went| went.payload.as_deref() == Some(ours.id.as_str()));
    let executed: Vec<[i64; 3]> = went
        .map(|went| [went.total, went.tax_free, went.vat])
        .collect();
    let right = match ours.status {
        CancellationStatus::Done => ours.outside || executed == [split(&ours.amount)],
        CancellationStatus::Failed => executed.is_empty(),
        _ => false,
    };
    (!right).then(|| {
        let Cancellation {
            id, status, amount, ..
        } = ours;
        let amount = split(amount);
        format!("{id} of {amount:?} is {status}, and was executed as {executed:?}")
    })
}

fn split(amount: &Amount) -> [i64; 3] {
    [amount.total, amount.tax_free, amount.vat]
}

#[cfg(test)]
mod tests;
