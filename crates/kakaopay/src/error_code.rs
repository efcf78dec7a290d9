//! KakaoPay's error codes: what each means, in English and Korean, and what it proves.
//!
//! The table says what each code proves at each call. A test holds it to what the client does.
//!
#![doc = include_str!("error_code.md")]

// Invariant: one row a code, ordered from -1 down; a test holds the page's table to what the client does
// (with the bank's or card company's result where the class is `Method`).

use ErrorClass::{Expired, InDoubt, Method, NotYet, Payer, Quota, Refused, Request, Setup};

use crate::{ApiEndpoint, Proof, classify};

/// What to make of a code.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Keys, merchant code, domains or addresses are set up wrongly: an operator has to act.
    Setup,
    /// The request is wrong, or contradicts what `ready` was told: a mistake, or tampering.
    /// A forged return to the approval URL ends here, too, so the payment itself may be alive.
    Request,
    /// The payer has not authenticated yet. The payment is alive.
    NotYet,
    /// The 15 minutes are over.
    Expired,
    /// Something that the payer can mend: a limit, a telephone number.
    Payer,
    /// KakaoPay refuses, and the call changed nothing.
    Refused,
    /// The bank or card company failed the call; its result decides.
    Method,
    /// The quota is used up; nothing was executed.
    Quota,
    /// The call may have been executed, or an earlier one was: look the order up.
    InDoubt,
}

/// A documented error code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ErrorCodeInfo {
    /// The code in `error_code`.
    pub code: i32,
    /// The HTTP status it comes with.
    pub http_status: u16,
    /// What it means, in English.
    pub meaning: &'static str,
    /// What it means, in Korean.
    pub meaning_ko: &'static str,
    /// What to make of it.
    pub class: ErrorClass,
}

impl ErrorCodeInfo {
    /// What the code proves by itself, answered by `endpoint` with the HTTP status that it is
    /// documented with. [`Error::proof`](crate::Error::proof) knows more: the status that came, and
    /// the result of the bank or card company, without which a `Method` code proves nothing.
    ///
    /// ```
    /// use kakaopay::{ApiEndpoint, Proof, error_code::describe};
    ///
    /// let proves = |code| describe(code).unwrap().proves(ApiEndpoint::Approve);
    /// assert_eq!(proves(-401), Proof::Setup); // The key was replaced; the payment is what it was.
    /// assert_eq!(proves(-723), Proof::Refused); // The payment has expired.
    /// assert_eq!(proves(-702), Proof::Unknown); // It was approved before, perhaps by this call.
    /// ```
    pub fn proves(&self, endpoint: ApiEndpoint) -> Proof {
        classify::proof(endpoint, self.http_status, Some(self), None)
    }
}

const fn row(
    code: i32,
    http_status: u16,
    class: ErrorClass,
    meaning: &'static str,
    meaning_ko: &'static str,
) -> ErrorCodeInfo {
    ErrorCodeInfo {
        code,
        http_status,
        meaning,
        meaning_ko,
        class,
    }
}

/// Every documented code that a payment call can meet.
#[rustfmt::skip] // One line a code reads as the table that it is.
pub const ALL: &[ErrorCodeInfo] = &[
    // Common codes of the predecessor, where the current generation has no other meaning for them.
    row(-1, 400, InDoubt, "Internal error", "내부 오류"),
    row(-2, 400, Request, "A parameter is missing or wrong", "필수 파라미터 누락 또는 잘못된 값"),
    row(-3, 400, Setup, "The API is switched off for the app", "앱에서 API가 비활성화됨"),
    row(-4, 400, Setup, "The account or service is under sanction", "계정 또는 서비스가 제재됨"),
    row(-5, 403, Setup, "No permission for the API", "API 사용 권한 없음"),
    row(-10, 400, Quota, "Quota exceeded", "호출 한도 초과"),
    row(-301, 400, Setup, "Unknown app or app key", "등록되지 않은 앱 또는 앱 키"),
    // Gateway of the current generation.
    row(-400, 400, Setup, "The Authorization header is missing", "Authorization 헤더 누락"),
    row(-401, 401, Setup, "The secret key is wrong or lacks permission", "시크릿 키 오류 또는 권한 없음"),
    row(-402, 403, Setup, "The user's consent is missing", "사용자 동의 필요"),
    row(-403, 403, Setup, "The API is not enabled for the app", "사용 API로 설정되지 않은 앱"),
    row(-404, 404, Setup, "The address is wrong", "잘못된 요청 주소"),
    row(-429, 429, Quota, "The daily quota is used up", "일간 호출 한도 초과"),
    row(-500, 500, InDoubt, "Internal error", "내부 서버 오류"),
    row(-503, 503, InDoubt, "Maintenance", "서비스 점검 중"),
    // Payment.
    row(-701, 400, NotYet, "The payer has not authenticated yet", "결제 인증이 완료되지 않음"),
    row(-702, 400, InDoubt, "The payment is approved already", "이미 승인이 완료된 결제"),
    row(-703, 400, Refused, "The point amount is wrong", "포인트 금액 오류"),
    row(-704, 400, Refused, "The money or card amount is wrong", "결제 수단 금액 오류"),
    row(-705, 400, Refused, "The method is not supported", "지원하지 않는 결제 수단"),
    row(-706, 400, Request, "The order id differs from ready", "준비 요청과 다른 주문번호"),
    row(-707, 400, Request, "The user id differs from ready", "준비 요청과 다른 회원 ID"),
    row(-708, 400, Request, "The pg_token is wrong", "잘못된 pg_token"),
    row(-710, 400, Refused, "More than can still be cancelled", "취소 가능 금액 초과"),
    row(-711, 400, Refused, "More than was approved", "승인 금액 초과 취소 요청"),
    row(-721, 400, Refused, "The TID does not exist", "존재하지 않는 TID"),
    row(-722, 400, Refused, "The amounts are wrong", "금액 정보 오류"),
    row(-723, 400, Expired, "The time for the payment is over", "결제 만료 시간 초과"),
    row(-724, 400, Refused, "The single amount is wrong", "단건 금액 오류"),
    row(-725, 400, Refused, "The total amount is wrong", "총 금액 오류"),
    row(-726, 400, Refused, "The order is wrong", "주문 정보 오류"),
    row(-730, 400, Setup, "The merchant's app is wrong", "가맹점 앱 정보 오류"),
    row(-731, 400, Setup, "The CID is wrong", "잘못된 CID"),
    row(-732, 400, Setup, "The GID is wrong", "잘못된 GID"),
    row(-733, 400, Setup, "The cid_secret is wrong", "잘못된 CID_SECRET"),
    row(-750, 400, Refused, "The SID does not exist", "존재하지 않는 SID"),
    row(-751, 400, Refused, "The SID is inactive", "비활성화된 SID"),
    row(-752, 400, Refused, "The SID's monthly limit is reached", "SID 월 최대 사용 횟수 초과"),
    row(-753, 400, Request, "The user id differs from the SID's", "SID 발급과 다른 회원 ID"),
    row(-761, 400, Payer, "The telephone number is not KakaoTalk's", "카카오톡에 없는 전화번호"),
    row(-780, 400, Method, "The approval failed", "승인 실패"),
    row(-781, 400, Method, "The cancellation failed", "취소 실패"),
    row(-782, 400, Method, "The subscription's charge failed", "정기 결제 승인 실패"),
    row(-783, 400, InDoubt, "The state does not allow approval", "승인할 수 없는 상태"),
    row(-784, 400, InDoubt, "The state does not allow cancellation", "취소할 수 없는 상태"),
    row(-785, 400, InDoubt, "Duplicate approval or cancellation", "중복 승인 또는 취소 요청"),
    row(-797, 400, Payer, "The limit of one payment is exceeded", "1회 결제 한도 초과"),
    row(-798, 400, Setup, "The caller's IP address is not allowed", "허용되지 않은 IP"),
    row(-799, 400, Setup, "The request's domain is not registered", "등록되지 않은 도메인"),
    row(-9798, 503, InDoubt, "Maintenance (predecessor)", "서비스 점검 중 (구 API)"),
];

/// What KakaoPay's documentation says about a code.
///
/// ```
/// use kakaopay::error_code::{ErrorClass, describe};
///
/// let info = describe(-723).unwrap();
/// assert_eq!(info.meaning_ko, "결제 만료 시간 초과");
/// assert_eq!(info.class, ErrorClass::Expired);
/// assert!(describe(-9).is_none());
/// ```
pub fn describe(code: i32) -> Option<&'static ErrorCodeInfo> {
    ALL.iter().find(|info| info.code == code)
}
