//! What went back: one key, one cancellation, which is what the shop was told.

use std::collections::BTreeSet;

use danpay_client::Payment;

use super::Findings;
use crate::record::{Record, Told};

pub(super) fn check(findings: &mut Findings, record: &Record, payment: &Payment) {
    let asked = record
        .cancels
        .get(payment.id.as_str())
        .map_or(&[][..], Vec::as_slice);
    for asked in asked {
        let under = payment.cancellations.iter();
        let under = under.filter(|ours| ours.reason.as_ref() == Some(&asked.key));
        let ids: BTreeSet<&str> = under.clone().map(|ours| ours.id.as_str()).collect();
        if asked
            .named
            .iter()
            .any(|named| !ids.contains(named.as_str()))
        {
            findings.of(
                payment.id.as_str(),
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
                payment.id.as_str(),
                format!("{asked:?}, and in the books it is {statuses:?}"),
            );
        }
    }
    let keys: Vec<Option<&String>> = asked.iter().map(|asked| Some(&asked.key)).collect();
    for ours in &payment.cancellations {
        if !keys.contains(&ours.reason.as_ref()) {
            findings.of(payment.id.as_str(), format!("nobody asked for {}", ours.id));
        }
    }
}
