//! When all has settled: do danpay's books say what KakaoPay's ledger says?
//! Invariant: pure, and it shares no code with what wrote either of them.

mod cancellations;
mod failures;
mod orders;
mod returns;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use crate::books::{Amount, Events, PAID, Payment, UNPAID};
use crate::history::{History, Step};
use crate::journal::Journal;
use crate::record::{Record, Violation};
use crate::sandbox::LedgerPayment;

/// Nobody has paid, and until the fifteen minutes are over somebody still may.
const OPEN: [&str; 2] = ["ready", "authenticated"];

/// All that there is to see at the end.
pub(crate) struct Evidence<'a> {
    pub(crate) books: &'a [Payment],
    /// What shops are told.
    pub(crate) events: &'a Events,
    pub(crate) history: &'a History,
    pub(crate) ledger: &'a [LedgerPayment],
    pub(crate) journal: &'a Journal,
    pub(crate) record: &'a Record,
}

pub(crate) fn check(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut findings = Findings::default();
    let by_tid: BTreeMap<&str, &LedgerPayment> = evidence
        .ledger
        .iter()
        .map(|paid| (paid.tid.as_str(), paid))
        .collect();
    for payment in evidence.books {
        match by_tid.get(payment.tid.as_str()) {
            Some(held) => {
                status(&mut findings, payment, held);
                history(&mut findings, evidence, (payment, held));
                claims(&mut findings, evidence.history, (payment, held));
                told::check(&mut findings, evidence, payment);
                cancellations::check(&mut findings, evidence.record, (payment, held));
                failures::check(&mut findings, evidence, (payment, held));
                returns::check(&mut findings, evidence.record, (payment, held));
            }
            None => findings.of(&payment.id, "it has a TID of nobody"),
        }
    }
    told::seen(&mut findings, evidence);
    orders::check(&mut findings, evidence);
    ledger(&mut findings, evidence);
    returns::tokens(&mut findings, evidence);
    if evidence.journal.has_gaps() {
        findings.of("KakaoPay", "calls are missing from its journal");
    }
    findings.0
}

#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    /// Something that must not have happened to this payment.
    fn of(&mut self, payment: &str, what: impl Into<String>) {
        self.0.push(Violation {
            what: what.into(),
            payment: Some(payment.to_owned()),
        });
    }
}

fn status(findings: &mut Findings, payment: &Payment, held: &LedgerPayment) {
    let Payment { id, status, .. } = payment;
    let mut say = |what: String| findings.of(id, format!("it is {status}, and {what}"));
    let approvals = held.approvals();
    let is_paid = PAID.contains(&status.as_str());
    if approvals > 1 {
        say(format!("KakaoPay has approved it {approvals} times"));
    }
    if is_paid != (approvals > 0) {
        say(format!(
            "at KakaoPay it is {} with {approvals} approvals",
            held.status
        ));
    }
    let known = [&PAID[..], &UNPAID, &OPEN].concat();
    if payment.is_in_doubt() || !known.contains(&status.as_str()) {
        say("that should have been settled".to_owned());
    }
    if payment.order_id != held.order_id {
        say(format!("KakaoPay has it for {}", held.order_id));
    }
    if !is_paid {
        return;
    }
    let truth = Amount {
        total: held.total,
        tax_free: held.tax_free,
        vat: held.vat,
    };
    if payment.amount != truth {
        say(format!(
            "its amount is {:?} and KakaoPay's {truth:?}",
            payment.amount
        ));
    }
    if payment.aid != held.aid {
        say(format!(
            "its aid is {:?} and KakaoPay's {:?}",
            payment.aid, held.aid
        ));
    }
    let left = payment.amount.total - payment.canceled_amount.total;
    if payment.cancel_available_amount.total != left {
        say(format!(
            "{} of it can be canceled, not {left}",
            payment.cancel_available_amount.total
        ));
    }
}

/// The history is whole, ends where the payment is, and neither it nor what the shop was told ever
/// said what KakaoPay's ledger contradicts.
fn history(
    findings: &mut Findings,
    evidence: &Evidence<'_>,
    (payment, held): (&Payment, &LedgerPayment),
) {
    let id = &payment.id;
    let steps: &[Step] = evidence.history.get(id).map_or(&[], Vec::as_slice);
    let numbers: Vec<u32> = steps.iter().map(|step| step.sequence).collect();
    if numbers.is_empty()
        || !numbers
            .iter()
            .copied()
            .eq(1..=u32::try_from(numbers.len()).unwrap_or(0))
    {
        findings.of(id, format!("its events are numbered {numbers:?}"));
    }
    let last = steps.last().map_or("", Step::status);
    if last != payment.status {
        findings.of(
            id,
            format!(
                "it is {}, and after its last event {last:?}",
                payment.status
            ),
        );
    }
    let answered = evidence.record.told.get(id).into_iter().flatten();
    let told = evidence.events.get(id).into_iter().flatten();
    let once = answered
        .map(String::as_str)
        .chain(told.map(|event| event.payment.status.as_str()))
        .chain(steps.iter().map(Step::status));
    let contradicted = if held.approvals() > 0 {
        &UNPAID[..]
    } else {
        &PAID
    };
    let wrong: BTreeSet<&str> = once.filter(|once| contradicted.contains(once)).collect();
    for once in wrong {
        findings.of(
            id,
            format!("it was once {once}, and at KakaoPay it is {}", held.status),
        );
    }
}

/// Nobody called without a claim in the books, and nobody claimed what was claimed.
fn claims(findings: &mut Findings, history: &History, (payment, held): (&Payment, &LedgerPayment)) {
    let steps = history.get(&payment.id).into_iter().flatten();
    let steps: Vec<&str> = steps.map(|step| step.kind.as_str()).collect();
    let calls = ["payment.approving", "payment.approval_repeated"];
    let known = steps.iter().filter(|step| calls.contains(step)).count();
    if held.approve_calls > known {
        let asked = held.approve_calls;
        let what = format!("KakaoPay was asked {asked} times to approve, by {known} calls");
        findings.of(&payment.id, what);
    }
    let way = ["payment.approving", "payment.reopened"];
    let way: Vec<&str> = steps
        .into_iter()
        .filter(|step| way.contains(step))
        .collect();
    if way.windows(2).any(|two| *two == ["payment.approving"; 2]) {
        findings.of(&payment.id, "its approval was claimed twice");
    }
}

/// Nobody paid for what is in no book.
fn ledger(findings: &mut Findings, evidence: &Evidence<'_>) {
    let booked: BTreeSet<&str> = evidence
        .books
        .iter()
        .map(|payment| payment.tid.as_str())
        .collect();
    for held in evidence.ledger {
        if held.approvals() > 0 && !booked.contains(held.tid.as_str()) {
            findings.of(&held.tid, "it is paid at KakaoPay, and in no book");
        }
    }
}
