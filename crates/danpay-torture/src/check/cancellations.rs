//! What went back, in sum and one by one.

use std::collections::BTreeSet;

use super::Findings;
use crate::books::{Amount, Cancellation, PAID, Payment};
use crate::record::{Record, Told};
use crate::sandbox::LedgerPayment;

pub(super) fn check(
    findings: &mut Findings,
    record: &Record,
    (payment, held): (&Payment, &LedgerPayment),
) {
    let id = &payment.id;
    let sum = held.cancels().fold([0, 0, 0], |sum, went| {
        [
            sum[0] + went.total,
            sum[1] + went.tax_free,
            sum[2] + went.vat,
        ]
    });
    let [total, tax_free, vat] = sum;
    let truth = Amount {
        total,
        tax_free,
        vat,
    };
    if payment.canceled_amount != truth {
        findings.of(
            id,
            format!(
                "{:?} is canceled, at KakaoPay {truth:?}",
                payment.canceled_amount
            ),
        );
    }
    if total > held.total {
        findings.of(id, format!("{total} went back of {}", held.total));
    }
    let expected = match total {
        0 => "approved",
        total if total < held.total => "partially_canceled",
        _ => "canceled",
    };
    if PAID.contains(&payment.status.as_str()) && payment.status != expected {
        findings.of(
            id,
            format!("it is {} and should be {expected}", payment.status),
        );
    }
    for cancellation in &payment.cancellations {
        each(findings, held, (payment, cancellation));
    }
    for went in held.cancels() {
        let mut ours = payment.cancellations.iter();
        if !ours.any(|ours| Some(&ours.id) == went.payload.as_ref()) {
            findings.of(id, format!("{went:?} is in no book"));
        }
    }
    keys(findings, record, payment);
}

/// Executed exactly once if it is done, and not at all if it has failed.
fn each(findings: &mut Findings, held: &LedgerPayment, (payment, ours): (&Payment, &Cancellation)) {
    let went = held
        .cancels()
        .filter(|went| went.payload.as_ref() == Some(&ours.id));
    let executed: Vec<Amount> = went
        .map(|went| Amount {
            total: went.total,
            tax_free: went.tax_free,
            vat: went.vat,
        })
        .collect();
    let right = match ours.status.as_str() {
        "done" => executed == [ours.amount] && !ours.outside,
        "failed" => executed.is_empty(),
        _ => false,
    };
    if !right {
        let Cancellation {
            id, status, amount, ..
        } = ours;
        let what = format!("{id} of {amount:?} is {status}, and was executed as {executed:?}");
        findings.of(&payment.id, what);
    }
}

/// One key, one cancellation, which is what the shop was told.
fn keys(findings: &mut Findings, record: &Record, payment: &Payment) {
    let asked = record
        .cancels
        .get(&payment.id)
        .map_or(&[][..], Vec::as_slice);
    for asked in asked {
        let under = payment.cancellations.iter();
        let under = under.filter(|ours| ours.reason.as_ref() == Some(&asked.key));
        let ids: BTreeSet<&String> = under.clone().map(|ours| &ours.id).collect();
        if asked.named.iter().any(|named| !ids.contains(named)) {
            findings.of(
                &payment.id,
                format!("{asked:?}, and in the books it is {ids:?}"),
            );
        }
        let statuses: Vec<&str> = under.map(|ours| ours.status.as_str()).collect();
        let right = match asked.told {
            Told::Done => statuses == ["done"],
            Told::Refused => statuses == ["failed"],
            Told::Impossible => statuses.is_empty(),
            Told::Unknown => statuses.len() <= 1,
        };
        if !right {
            findings.of(
                &payment.id,
                format!("{asked:?}, and in the books it is {statuses:?}"),
            );
        }
    }
    let keys: Vec<Option<&String>> = asked.iter().map(|asked| Some(&asked.key)).collect();
    for ours in &payment.cancellations {
        if !keys.contains(&ours.reason.as_ref()) {
            findings.of(&payment.id, format!("nobody asked for {}", ours.id));
        }
    }
}
