//! What shops are told: in order, never taken back, of money exactly once, and as it ended.

use danpay_client::{Event, Payment};

use super::{Evidence, Findings};

pub(super) fn check(findings: &mut Findings, evidence: &Evidence<'_>, payment: &Payment) {
    let id = payment.id.as_str();
    let told: &[Event] = evidence.events.get(id).map_or(&[], Vec::as_slice);
    let numbers: Vec<u32> = told.iter().map(|event| event.sequence).collect();
    let steps = evidence.history.get(id).into_iter().flatten();
    let steps: Vec<u32> = steps.map(|step| step.sequence).collect();
    if !numbers.is_sorted_by(|a, b| a < b) || !numbers.iter().all(|told| steps.contains(told)) {
        findings.of(id, format!("{numbers:?} was told of the steps {steps:?}"));
    }
    // Paid and canceled before danpay learned of either, it is told as canceled alone.
    let is_paid = payment.status.was_paid();
    let kinds: Vec<&str> = told.iter().map(|event| event.r#type.as_str()).collect();
    let approved = kinds.iter().filter(|kind| **kind == "payment.approved");
    let approved = approved.count();
    let canceled = kinds.contains(&"payment.canceled");
    if approved > 1 || is_paid != (approved == 1 || canceled) {
        findings.of(
            id,
            format!("it is {}, and told was {kinds:?}", payment.status),
        );
    }
    let last = told.last().map(|event| event.payment.status.as_str());
    if last != Some(payment.status.as_str()) {
        findings.of(
            id,
            format!("it is {}, and told last was {last:?}", payment.status),
        );
    }
}

/// Every event that the shop has seen is still there, at its place.
pub(super) fn seen(findings: &mut Findings, evidence: &Evidence<'_>) {
    for (id, seen) in &evidence.record.seen {
        let events = evidence.events.get(id).map_or(&[][..], Vec::as_slice);
        for (number, event) in seen {
            let mut there = events.iter().filter(|there| there.sequence == *number);
            if there.next().is_none_or(|there| there.id.as_str() != event) {
                let what = format!("its event {number}, {event}, was seen, and is lost");
                findings.of(id, what);
            }
        }
    }
}
