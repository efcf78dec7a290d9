//! What came of it, for a person: a table, and the story of each payment that went wrong.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write as _};
use std::time::Duration;

use danpay_client::Payment;

use crate::check::{Evidence, check};
use crate::history::History;
use crate::journal::Entry;
use crate::print;
use crate::record::Violation;

/// What was done, and how long it took.
pub(crate) struct Summary {
    pub(crate) seed: u64,
    pub(crate) chaos: Duration,
    /// After lookups were answered again.
    pub(crate) longest_doubt: Duration,
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            chaos,
            longest_doubt,
        } = self;
        let (chaos_s, doubt_s) = (chaos.as_secs(), longest_doubt.as_secs());
        write!(
            f,
            "seed {seed}, {chaos_s} s of chaos, the longest doubt {doubt_s} s while lookups were \
             answered again"
        )
    }
}

/// So many payments are told of.
const SHOWN: usize = 5;
/// A body or an answer is cut after so many characters.
const CHARS: usize = 400;

/// How often a call to approve was cut off: nothing was recorded between its claim and the look
/// that recovery took, so whoever made the call is dead.
pub(crate) fn cut_off(history: &History) -> u64 {
    let cut = history.values().map(|steps| {
        let steps = steps.iter().zip(steps.iter().skip(1));
        let cut = steps
            .filter(|(claim, next)| claim.kind == "payment.approving" && next.by == "recovery");
        cut.count()
    });
    cut.map(|cut| u64::try_from(cut).unwrap_or(0)).sum()
}

/// Checks all that there is to see, and tells it and what went wrong.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Violation> {
    let violations = [evidence.record.violations.clone(), check(evidence)].concat();
    print(&table(evidence));
    print(&self::violations(&violations, evidence));
    violations
}

fn table(evidence: &Evidence<'_>) -> String {
    let mut counts: BTreeMap<String, u64> = evidence.record.counts.clone();
    let mut count = |what: String| *counts.entry(what).or_default() += 1;
    for payment in evidence.books {
        let failure = payment.failure.as_ref();
        let why = failure.map(|failure| format!(", {}", failure.code));
        count(format!(
            "payments {}{}",
            payment.status,
            why.unwrap_or_default()
        ));
        for cancellation in &payment.cancellations {
            count(format!("cancellations {}", cancellation.status));
        }
    }
    for entry in evidence.journal.calls.values() {
        count(format!("calls to KakaoPay: {}", entry.call()));
        if entry.status == Some(401) {
            count("calls with a revoked key".to_owned());
        }
        if let Some(fault) = &entry.fault {
            count(format!("fault: {fault}"));
        }
    }
    let mut text = String::new();
    for (what, times) in counts {
        let _ = writeln!(text, "{times:8} {what}");
    }
    text + &evidence.record.minutes.table()
}

/// All violations, and what happened to the first few payments that they are about.
fn violations(violations: &[Violation], evidence: &Evidence<'_>) -> String {
    let mut text = String::new();
    let mut by_payment: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for Violation { what, payment } in violations {
        by_payment.entry(payment.as_deref()).or_default().push(what);
    }
    for (number, (payment, whats)) in by_payment.into_iter().enumerate() {
        for what in whats {
            let _ = writeln!(text, "VIOLATION: {}: {what}", payment.unwrap_or("danpay"));
        }
        if let Some(payment) = payment.filter(|_| number < SHOWN) {
            story(&mut text, payment, evidence);
        }
    }
    text
}

fn story(text: &mut String, payment: &str, evidence: &Evidence<'_>) {
    let mut books = evidence.books.iter();
    let booked = books.find(|booked| booked.id.as_str() == payment || booked.order_id == payment);
    let tid = booked.map_or(payment, |booked| &booked.tid);
    if let Some(Payment {
        id,
        status,
        cancellations,
        ..
    }) = booked
    {
        let _ = writeln!(text, "  books: {id} {status}, {cancellations:?}");
        for step in evidence.history.get(id.as_str()).into_iter().flatten() {
            let _ = writeln!(
                text,
                "    {:3} {} {} by {}: {} ({})",
                step.sequence, step.at, step.kind, step.by, step.state, step.id
            );
        }
        for event in evidence.events.get(id.as_str()).into_iter().flatten() {
            let _ = writeln!(
                text,
                "    {:3} told: {} ({})",
                event.sequence, event.r#type, event.id
            );
        }
    }
    for held in evidence.ledger.iter().filter(|held| held.tid == tid) {
        let _ = writeln!(text, "  ledger: {held:?}");
    }
    let calls = evidence.journal.calls.values();
    for entry in calls.filter(|entry| entry.tid.as_deref() == Some(tid)) {
        let Entry {
            at,
            path,
            status,
            fault,
            body,
            answer,
            ..
        } = entry;
        let fault = fault.as_deref().unwrap_or("no fault");
        let answer = answer.as_deref().unwrap_or_default();
        let _ = writeln!(text, "    {at} {path}: {fault}, {status:?}");
        let _ = writeln!(text, "      {}\n      {}", cut(body), cut(answer));
    }
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|letter| *letter != '\n')
        .take(CHARS)
        .collect()
}
