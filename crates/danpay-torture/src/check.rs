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

use danpay_client::{Payment, PaymentStatus};
use danpay_testkit::audit::audit;
use danpay_testkit::{LedgerPayment, books};

use crate::books::{Events, PAID, UNPAID};
use crate::history::{History, Step};
use crate::journal::Journal;
use crate::record::{Record, Violation};

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
    for finding in audit(evidence.books, evidence.ledger) {
        findings.of(&finding.payment, finding.what);
    }
    let by_tid: BTreeMap<&str, &LedgerPayment> = evidence
        .ledger
        .iter()
        .map(|paid| (paid.tid.as_str(), paid))
        .collect();
    for payment in evidence.books {
        settled(&mut findings, payment);
        let Some(held) = by_tid.get(payment.tid.as_str()) else {
            continue;
        };
        history(&mut findings, evidence, (payment, held));
        claims(&mut findings, evidence.history, (payment, held));
        told::check(&mut findings, evidence, payment);
        cancellations::check(&mut findings, evidence.record, payment);
        failures::check(&mut findings, evidence, (payment, held));
        returns::check(&mut findings, evidence.record, (payment, held));
    }
    told::seen(&mut findings, evidence);
    orders::check(&mut findings, evidence);
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

/// Nothing is in doubt any more.
fn settled(findings: &mut Findings, payment: &Payment) {
    let Payment { id, status, .. } = payment;
    if books::is_in_doubt(payment) || matches!(status, PaymentStatus::Other(_)) {
        let what = format!("it is {status}, and that should have been settled");
        findings.of(id.as_str(), what);
    }
}

/// The history is whole, ends where the payment is, and neither it nor what the shop was told ever
/// said what KakaoPay's ledger contradicts.
fn history(
    findings: &mut Findings,
    evidence: &Evidence<'_>,
    (payment, held): (&Payment, &LedgerPayment),
) {
    let id = payment.id.as_str();
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
    if last != payment.status.as_str() {
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
    let steps = history.get(payment.id.as_str()).into_iter().flatten();
    let steps: Vec<&str> = steps.map(|step| step.kind.as_str()).collect();
    let calls = ["payment.approving", "payment.approval_repeated"];
    let known = steps.iter().filter(|step| calls.contains(step)).count();
    if held.approve_calls > known {
        let asked = held.approve_calls;
        let what = format!("KakaoPay was asked {asked} times to approve, by {known} calls");
        findings.of(payment.id.as_str(), what);
    }
    let way = ["payment.approving", "payment.reopened"];
    let way: Vec<&str> = steps
        .into_iter()
        .filter(|step| way.contains(step))
        .collect();
    if way.windows(2).any(|two| *two == ["payment.approving"; 2]) {
        findings.of(payment.id.as_str(), "its approval was claimed twice");
    }
}
