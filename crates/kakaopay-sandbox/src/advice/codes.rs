//! What an error code asks the client to do. For codes that say nothing about who is at fault, the
//! advice is how to find out what happened.

use serde_json::Value;

use super::Advice;
use crate::call::error_code;

/// Code, name, English, Korean.
type Row = (i64, &'static str, &'static str, &'static str);

/// At ready there is nothing to look up yet.
const LOOKS_UP: [&str; 9] = [
    "unknown_result",
    "maintenance",
    "approve_repeated",
    "method_failed",
    "cancel_failed",
    "charge_failed",
    "cannot_approve",
    "duplicate",
    "above_available",
];

pub(super) fn advise(path: &str, answer: &Value) -> Option<Advice> {
    let code = error_code(answer)?;
    let message = answer.get("error_message").or_else(|| answer.get("msg"));
    let message = message.and_then(Value::as_str).unwrap_or_default();
    if code == -722 {
        return Some(amounts(message));
    }
    let row = ROWS.iter().find(|row| row.0 == code)?;
    if path.ends_with("/ready") && LOOKS_UP.contains(&row.1) {
        return Some(ready_again());
    }
    Some(Advice::new(row.1, row.2, row.3))
}

pub(super) fn ready_again() -> Advice {
    Advice::new(
        "ready_again",
        "Nothing is paid by ready: call it again, later if you must, and send the payer to the newest answer's page. A tid that never reached you expires unpaid.",
        "ready로는 아무것도 결제되지 않습니다. 필요하면 기다렸다가 다시 부르고, 결제자는 마지막 답의 주소로 보내세요. 받지 못한 tid는 결제되지 않고 만료됩니다.",
    )
}

/// One code for whatever does not fit; the sandbox's message tells which it is.
fn amounts(message: &str) -> Advice {
    if message.contains("available") {
        Advice::new(
            "available_differs",
            "cancel_available_amount is what you believe is left, this cancellation included; look the order up and decide again.",
            "cancel_available_amount는 이번 취소를 포함해 남아 있다고 아는 금액입니다. 주문을 조회한 뒤 다시 정하세요.",
        )
    } else if message.contains("deposit") {
        Advice::new(
            "deposit_whole_only",
            "A payment with green_deposit can only be cancelled as a whole.",
            "컵 보증금(green_deposit)이 있는 결제는 전액 취소만 됩니다.",
        )
    } else {
        Advice::new(
            "split_does_not_fit",
            "The tax-free part or the VAT of the cancellation is more than is left of it, or leaves some behind; take them from the order lookup's cancel_available_amount.",
            "취소할 비과세액이나 부가세가 남은 것과 맞지 않습니다. 주문 조회의 cancel_available_amount에 맞춰 나누세요.",
        )
    }
}

#[rustfmt::skip]
const ROWS: [Row; 35] = [
    (-401, "wrong_key", "The secret key is not the one that is accepted here; the host and the key belong together.", "여기서 받는 시크릿 키가 아닙니다. 주소와 키가 짝이 맞는지 보세요."),
    (-403, "api_off", "The API is switched off for this application; switch online payment on in the developer centre.", "이 애플리케이션에 API가 꺼져 있습니다. 개발자센터에서 온라인 결제를 켜세요."),
    (-429, "quota", "The daily quota is used up; wait, and call less often.", "하루 호출 한도를 넘었습니다. 기다렸다가 호출을 줄이세요."),
    (-500, "unknown_result", "A 5xx does not say whether the call took effect; look the order up by tid before doing anything else.", "5xx는 처리되었는지 알려주지 않습니다. 다른 일을 하기 전에 tid로 주문을 조회하세요."),
    (-503, "unknown_result", "A 5xx does not say whether the call took effect; look the order up by tid before doing anything else.", "5xx는 처리되었는지 알려주지 않습니다. 다른 일을 하기 전에 tid로 주문을 조회하세요."),
    (-9798, "maintenance", "KakaoPay is under maintenance; look orders up afterwards and settle what was open.", "점검 중입니다. 끝난 뒤 주문을 조회해 열려 있던 결제를 정리하세요."),
    (-701, "not_authenticated", "The payer has not authenticated yet; call approve only after the browser came to approval_url with a pg_token.", "결제자가 아직 인증하지 않았습니다. 브라우저가 pg_token과 함께 approval_url로 온 뒤에 approve를 부르세요."),
    (-702, "approve_repeated", "This payment is already approved; claim the order before the first approve, and treat -702 as a reason to look it up, not as a failure.", "이미 승인된 결제입니다. 첫 approve 전에 주문을 선점하고, -702는 실패가 아니라 조회할 이유로 다루세요."),
    (-703, "wrong_point", "The point amount at approve is wrong.", "승인 때의 포인트 금액이 다릅니다."),
    (-704, "wrong_method_amount", "The amount of the card or money at approve is wrong.", "승인 때의 결제 수단 금액이 다릅니다."),
    (-705, "unsupported_method", "The payment method is not supported at approve.", "승인할 수 없는 결제 수단입니다."),
    (-706, "order_id_differs", "partner_order_id is not the one of ready; store it with the tid and read both from your database, not from a fixed value or the session.", "partner_order_id가 ready 때와 다릅니다. tid와 함께 저장해 두고 데이터베이스에서 꺼내 쓰세요. 고정값이나 세션은 안 됩니다."),
    (-707, "user_id_differs", "partner_user_id is not the one of ready; store it with the tid instead of asking again who is logged in.", "partner_user_id가 ready 때와 다릅니다. 로그인한 사람을 다시 묻지 말고 tid와 함께 저장한 값을 쓰세요."),
    (-708, "wrong_token", "The pg_token is not that of this tid; two payments got mixed up, which a tid kept in a shared field or session does.", "이 tid의 pg_token이 아닙니다. tid를 공용 필드나 세션에 두어 두 결제가 섞였을 수 있습니다."),
    (-710, "above_available", "The cancellation is more than is left; look the order up and take its cancel_available_amount.", "남은 금액보다 많이 취소하려 했습니다. 주문 조회의 cancel_available_amount를 보세요."),
    (-711, "above_approved", "The cancellation is more than was approved.", "승인 금액보다 많이 취소하려 했습니다."),
    (-721, "unknown_tid", "There is no such tid for this cid; send the tid that ready answered, 20 characters, stored per order.", "이 cid에 그런 tid가 없습니다. ready가 답한 20자 tid를 주문마다 저장해 보내세요."),
    (-723, "too_late", "The fifteen minutes are over; start again with ready.", "15분이 지났습니다. ready부터 다시 시작하세요."),
    (-725, "total_differs", "total_amount is not that of ready; the price must come from your database, not from the browser.", "total_amount가 ready 때와 다릅니다. 금액은 브라우저가 아니라 데이터베이스에서 가져오세요."),
    (-730, "wrong_app", "The merchant's application is not set up for this call.", "가맹점 앱 정보가 맞지 않습니다."),
    (-731, "wrong_cid", "This cid is not accepted here; use TC0ONETIME (TCSUBSCRIP for subscriptions, TCSEQUENCE for sequential payments) for tests.", "여기서 받지 않는 cid입니다. 테스트에는 TC0ONETIME(정기 결제는 TCSUBSCRIP, 순차 결제는 TCSEQUENCE)을 쓰세요."),
    (-733, "wrong_cid_secret", "The cid_secret is not that of this cid; leave it out if none was issued.", "이 cid의 cid_secret이 아닙니다. 발급받지 않았다면 빼고 보내세요."),
    (-750, "unknown_sid", "There is no such sid; store the sid of the first approve.", "그런 sid가 없습니다. 첫 approve가 답한 sid를 저장하세요."),
    (-751, "inactive_sid", "This sid was ended; the payer has to subscribe again.", "끝난 sid입니다. 결제자가 다시 등록해야 합니다."),
    (-753, "sid_user_differs", "partner_user_id is not the one that the sid was issued for.", "sid를 발급받은 partner_user_id가 아닙니다."),
    (-780, "method_failed", "The payment method reported a failure (see extras); look the order up first, as USER_LOCKED and BANK_FIRM_UNKNOWN do not mean unpaid.", "결제 수단이 실패를 알렸습니다(extras 참고). USER_LOCKED와 BANK_FIRM_UNKNOWN은 미결제라는 뜻이 아니므로 먼저 주문을 조회하세요."),
    (-781, "cancel_failed", "The payment method refused the cancellation (see extras); look the order up before trying again.", "결제 수단이 취소를 거절했습니다(extras 참고). 다시 하기 전에 주문을 조회하세요."),
    (-782, "charge_failed", "The charge failed (see extras); look the order up before trying again.", "청구가 실패했습니다(extras 참고). 다시 하기 전에 주문을 조회하세요."),
    (-783, "cannot_approve", "The payer gave up or the payment failed; look the order up, and start again with ready.", "결제자가 그만두었거나 실패한 결제입니다. 주문을 조회하고 ready부터 다시 시작하세요."),
    (-784, "cannot_cancel", "Nothing can be cancelled: the payment was never approved, or all of it went back already.", "취소할 것이 없습니다. 승인된 적이 없거나 이미 모두 취소되었습니다."),
    (-785, "duplicate", "The same call is being made twice; wait for the first one and look the order up.", "같은 호출이 겹쳤습니다. 첫 호출을 기다린 뒤 주문을 조회하세요."),
    (-797, "above_limit", "The amount is above what one payment may be.", "한 번에 결제할 수 있는 금액을 넘었습니다."),
    (-798, "wrong_ip", "The caller's address is not registered; add it in the developer centre.", "등록되지 않은 IP입니다. 개발자센터에 추가하세요."),
    (-799, "wrong_domain", "The origin of approval_url, cancel_url or fail_url is not registered; scheme, host and port must all agree.", "approval_url, cancel_url, fail_url의 도메인이 등록되지 않았습니다. 스킴, 호스트, 포트가 모두 같아야 합니다."),
    (-2, "bad_parameter", "A parameter is not accepted; error_message names it.", "받을 수 없는 파라미터가 있습니다. error_message에 이름이 있습니다."),
];
