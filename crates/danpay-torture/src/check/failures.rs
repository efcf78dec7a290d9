//! Whatever has failed or expired did so because the payer, the bank or KakaoPay said no, or the time
//! was over: never for trouble of danpay's own, be it with its key, its log or its descriptors.

use danpay_client::{Failure, Payment};
use danpay_testkit::LedgerPayment;

use super::{Evidence, Findings};

/// What the bank or card company says no with, to an approval and to a cancellation.
const REFUSED: [i64; 2] = [-780, -781];
/// Of a time such as `2026-01-01T00:15:00.5Z`, what tells the second.
const SECOND: usize = 19;

pub(super) fn check(
    findings: &mut Findings,
    evidence: &Evidence<'_>,
    (payment, held): (&Payment, &LedgerPayment),
) {
    let id = payment.id.as_str();
    match (payment.status.as_str(), &payment.failure) {
        ("failed", Some(failure)) if is_theirs(evidence, failure, held) => {}
        ("failed", failure) => findings.of(id, format!("it has failed for {failure:?}")),
        ("expired", _) if !has_expired(evidence, payment) => {
            findings.of(id, "it has expired before its time");
        }
        _ => {}
    }
    for cancellation in &payment.cancellations {
        let Some(failure) = &cancellation.failure else {
            continue;
        };
        if !has_refused(failure) {
            let cancellation = &cancellation.id;
            findings.of(id, format!("{cancellation} has failed for {failure:?}"));
        }
    }
}

/// Whether the reason is somebody else's, and true.
fn is_theirs(evidence: &Evidence<'_>, failure: &Failure, held: &LedgerPayment) -> bool {
    match failure.code.as_str() {
        "payment_method_refused" => has_refused(failure),
        "authentication_failed" => held.status == "FAIL_AUTH_PASSWORD",
        "approval_failed" => held.status == "FAIL_PAYMENT",
        "order_already_paid" => evidence
            .books
            .iter()
            .any(|other| other.order_id == held.order_id && other.status.was_paid()),
        _ => false,
    }
}

fn has_refused(failure: &Failure) -> bool {
    let said = failure.kakaopay.as_ref();
    let code = said.and_then(|said| said.error_code);
    code.is_some_and(|code| REFUSED.contains(&code))
}

fn has_expired(evidence: &Evidence<'_>, payment: &Payment) -> bool {
    let mut steps = evidence
        .history
        .get(payment.id.as_str())
        .into_iter()
        .flatten();
    let at = steps.find(|step| step.status() == "expired");
    let expires_at = payment.expires_at.to_string();
    at.and_then(|step| step.at.get(..SECOND)) >= expires_at.get(..SECOND)
}
