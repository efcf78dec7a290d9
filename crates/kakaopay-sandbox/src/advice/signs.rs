//! Mistakes that one call alone does not show: what came before it, and what never arrived.

use super::{Advice, Seen};
use crate::fault::FaultKind;

/// Looked up as the call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The same call came within the second before.
    Repeated,
    /// Another payment of the same order is paid.
    OrderPaidTwice,
    /// The `pg_token` was given to another payment.
    TokenOfAnother,
    /// The `pg_token` was given to no payment.
    TokenOfNobody,
    /// The VAT was the merchant's own at ready, and this cancellation leaves it to KakaoPay.
    VatLeftOut,
    /// How the cancellation could be split.
    Fitting { tax_free: u64, vat: u64 },
}

/// What is told beside all else.
pub(super) fn beside(seen: &Seen<'_>) -> Vec<Advice> {
    let repeated = seen.signs.contains(&Sign::Repeated).then(repeated);
    let twice = seen.signs.contains(&Sign::OrderPaidTwice).then(paid_twice);
    let lost = seen.fault.filter(|fault| loses_answer(*fault));
    let lost = lost.and_then(|_| answer_lost(&seen.call.path));
    let vat = seen.signs.contains(&Sign::VatLeftOut).then(vat_left_out);
    repeated
        .into_iter()
        .chain(twice)
        .chain(vat)
        .chain(lost)
        .collect()
}

/// What says more than the error code does.
pub(super) fn instead_of_code(seen: &Seen<'_>) -> Option<Advice> {
    seen.signs.iter().find_map(|sign| match sign {
        Sign::TokenOfAnother => Some(Advice::new(
            "token_mixed_up",
            "The pg_token is real, but of another payment: two payments got mixed up, which a tid kept in a shared field, a session or a cookie does. Keep it per order in your database.",
            "pg_token은 진짜지만 다른 결제의 것입니다. tid를 공용 필드나 세션, 쿠키에 두면 두 결제가 이렇게 섞입니다. 주문마다 데이터베이스에 저장하세요.",
        )),
        Sign::TokenOfNobody => Some(Advice::new(
            "token_invented",
            "No payment was given this pg_token; take it from approval_url's query as it came, neither cut nor decoded twice.",
            "어떤 결제에도 준 적이 없는 pg_token입니다. approval_url의 쿼리에서 자르거나 두 번 디코딩하지 말고 그대로 꺼내세요.",
        )),
        Sign::Fitting { tax_free, vat } => Some(Advice::new(
            "split_does_not_fit",
            format!("The tax-free part or the VAT does not fit what is left. For this amount send cancel_tax_free_amount {tax_free} and cancel_vat_amount {vat}, or leave cancel_vat_amount out."),
            format!("비과세액이나 부가세가 남은 것과 맞지 않습니다. 이 금액에는 cancel_tax_free_amount {tax_free}, cancel_vat_amount {vat}을 보내거나 cancel_vat_amount를 빼세요."),
        )),
        Sign::Repeated | Sign::OrderPaidTwice | Sign::VatLeftOut => None,
    })
}

fn repeated() -> Advice {
    Advice::new(
        "repeated_by_client",
        "The same call came twice within a second. Some HTTP clients repeat a POST by themselves when a connection closes (Java's HttpURLConnection does); switch that off. -702 or -785 here may be money taken: look the order up.",
        "같은 호출이 1초 안에 두 번 왔습니다. 연결이 끊기면 POST를 스스로 되풀이하는 HTTP 클라이언트가 있으니(Java의 HttpURLConnection) 끄세요. 여기서 -702나 -785는 돈이 이미 빠져나갔다는 뜻일 수 있으니 주문을 조회하세요.",
    )
}

fn paid_twice() -> Advice {
    Advice::new(
        "order_paid_twice",
        "Two payments of this partner_order_id are approved now: the payer paid twice. Let one payment of an order claim it before approve, and cancel the other one.",
        "이 partner_order_id로 두 결제가 승인되었습니다. 결제자가 두 번 냈습니다. approve 전에 한 결제만 주문을 선점하게 하고, 다른 하나는 취소하세요.",
    )
}

fn vat_left_out() -> Advice {
    Advice::new(
        "vat_left_out",
        "You stated vat_amount at ready and left cancel_vat_amount out, so KakaoPay computes it by its own rule and may give back another VAT than yours; state both or neither.",
        "ready에서는 vat_amount를 보내고 취소에서는 cancel_vat_amount를 뺐습니다. 카카오페이가 자기 규칙으로 계산해 다른 부가세가 취소될 수 있으니, 둘 다 보내거나 둘 다 빼세요.",
    )
}

fn loses_answer(fault: FaultKind) -> bool {
    matches!(
        fault,
        FaultKind::AnswerLostAfterCommit
            | FaultKind::ResetBefore
            | FaultKind::ResetAfter
            | FaultKind::LateEffectAfterReset
            | FaultKind::TruncatedJson
    )
}

fn answer_lost(path: &str) -> Option<Advice> {
    match path.rsplit('/').next()? {
        "ready" => Some(super::codes::ready_again()),
        "approve" | "cancel" | "subscription" => Some(Advice::new(
            "answer_lost",
            "You got no whole answer, and the money may have moved all the same: look the order up by tid, and neither call it failed nor send the call again before that.",
            "답이 온전히 오지 않았지만 돈은 움직였을 수 있습니다. 실패로 처리하거나 다시 보내기 전에 tid로 주문을 조회하세요.",
        )),
        _ => None,
    }
}
