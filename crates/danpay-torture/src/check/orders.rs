//! One key, one payment; one order, one charge.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Findings};

pub(super) fn check(findings: &mut Findings, evidence: &Evidence<'_>) {
    let mut charges: BTreeMap<&str, usize> = BTreeMap::new();
    for held in evidence.ledger {
        *charges.entry(&held.order_id).or_default() += held.approvals();
    }
    for (order, charges) in charges.iter().filter(|(_, charges)| **charges > 1) {
        findings.of(order, format!("{order} was paid {charges} times"));
    }
    for payment in evidence.books {
        if let Some(first) = &payment.second_charge_of {
            findings.of(
                payment.id.as_str(),
                format!("it is a second charge, after {first}"),
            );
        }
    }
    booked(findings, evidence);
    for (key, attempt) in &evidence.record.attempts {
        if attempt.given.len() > 1 {
            let given = &attempt.given;
            findings.of(&attempt.order, format!("{key} was given {given:?}"));
        }
        let is_paid = charges.get(attempt.order.as_str()) > Some(&0);
        if attempt.too_late && !is_paid {
            let what = format!("{key} was told that the order is paid, and it is not");
            findings.of(&attempt.order, what);
        }
    }
}

/// What the shop was given is in the books; and of what it was not given, one for each key that has
/// never been answered with a payment.
fn booked(findings: &mut Findings, evidence: &Evidence<'_>) {
    let mut booked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for payment in evidence.books {
        let of_order = booked.entry(&payment.order_id).or_default();
        of_order.insert(payment.id.as_str());
    }
    let mut given: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for attempt in evidence.record.attempts.values() {
        let (ids, unknown) = given.entry(&attempt.order).or_default();
        ids.extend(attempt.given.iter().map(String::as_str));
        *unknown += usize::from(attempt.given.is_empty());
    }
    for (order, (given, unknown)) in given {
        let booked = booked.remove(order).unwrap_or_default();
        let further = booked.difference(&given).count();
        if !given.is_subset(&booked) || further > unknown {
            let of = booked.first().copied().unwrap_or(order);
            let what = format!("{order} was given {given:?}, and the books have {booked:?}");
            findings.of(of, what);
        }
    }
    for (order, booked) in booked {
        findings.of(order, format!("nobody has ordered {booked:?}"));
    }
}
