//! Only KakaoPay's redirect brings a payer back: no call to approve came of anything else.

use std::collections::BTreeSet;

use danpay_client::Payment;
use danpay_testkit::LedgerPayment;

use super::{Evidence, Findings};
use crate::record::Record;

/// The `pg_token` is not the payer's, or there is no token yet.
const WRONG_TOKEN: [i64; 2] = [-708, -701];

/// Nobody approves a payment whose payer has not come back.
pub(super) fn check(
    findings: &mut Findings,
    record: &Record,
    (payment, held): (&Payment, &LedgerPayment),
) {
    if held.approve_calls > 0 && !record.came_back.contains(payment.id.as_str()) {
        let asked = held.approve_calls;
        let what = format!("KakaoPay was asked {asked} times to approve, and no payer came back");
        findings.of(payment.id.as_str(), what);
    }
}

/// A token that KakaoPay did not make was made up by the payer, and by nobody else.
pub(super) fn tokens(findings: &mut Findings, evidence: &Evidence<'_>) {
    let calls = evidence.journal.calls.values();
    let wrong = calls.filter(|call| {
        let code = call.error_code;
        call.call() == "approve" && code.is_some_and(|code| WRONG_TOKEN.contains(&code))
    });
    let tids: BTreeSet<&str> = wrong.filter_map(|call| call.tid.as_deref()).collect();
    for tid in tids {
        if !evidence.record.tampered.contains(tid) {
            findings.of(
                tid,
                "it was approved with a pg_token that was not its payer's",
            );
        }
    }
}
