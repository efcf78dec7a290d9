//! What is told of each code: why it came, what has become of the money, what to do, and when to send the
//! same request again.
//!
//! **Invariant**: every code is here: the match has no wildcard. docs/api.md and docs/shop.md tell the same
//! (a test sees to it).

mod kakaopay;
mod keys;
mod payments;
mod request;
mod server;
#[cfg(test)]
mod tests;
mod webhooks;

use crate::http::Code;

/// The same in two languages. What is between backticks is code, and a line may be broken by `\n`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) ko: &'static str,
    pub(super) en: &'static str,
}

const fn words(ko: &'static str, en: &'static str) -> Words {
    Words { ko, en }
}

/// What the request has done to the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Money {
    None,
    /// Something else has moved it, or may have.
    NotByThis,
    Unknown,
}

impl Money {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::None => "calm",
            Self::NotByThis => "look",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn in_short(self) -> Words {
        match self {
            Self::None => words("결제·환불 없음", "none moved"),
            Self::NotByThis => words("이 요청으로는 없음", "none by this request"),
            Self::Unknown => words("모름", "unknown"),
        }
    }
}

/// When the same request is worth sending again, with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    No,
    /// Once the request, its key or danpay's setup is mended.
    Mended,
    /// After `Retry-After`, which such an answer has.
    Waited,
    /// When what stands in its way has changed.
    Then,
}

impl Again {
    pub(super) fn in_short(self) -> Words {
        match self {
            Self::No => words("보내지 않음", "no"),
            Self::Mended => words("고친 뒤", "once it is mended"),
            Self::Waited => words("`Retry-After` 뒤", "after `Retry-After`"),
            Self::Then => words("상황이 바뀌면", "when that has changed"),
        }
    }
}

/// What is told of a code.
pub(super) struct Entry {
    pub(super) title: Words,
    pub(super) cause: Words,
    pub(super) money: (Money, Words),
    pub(super) act: Words,
    pub(super) again: (Again, Words),
}

const NONE_MOVED: (Money, Words) = (
    Money::None,
    words(
        "요청은 처리되지 않았습니다.",
        "The request was not carried out.",
    ),
);
const MENDED: (Again, Words) = (
    Again::Mended,
    words(
        "고친 뒤, 같은 `Idempotency-Key`로.",
        "Once it is mended, with the same `Idempotency-Key`.",
    ),
);
const WAITED: (Again, Words) = (
    Again::Waited,
    words(
        "`Retry-After`의 초만큼 기다린 뒤, 같은 `Idempotency-Key`로.",
        "After the seconds of `Retry-After`, with the same `Idempotency-Key`.",
    ),
);

/// What is told of this one.
pub(super) fn entry(code: Code) -> Entry {
    match code {
        Code::MalformedJson => request::MALFORMED_JSON,
        Code::BodyMissing => request::BODY_MISSING,
        Code::BodyUnreadable => request::BODY_UNREADABLE,
        Code::BodyTooLarge => request::BODY_TOO_LARGE,
        Code::QueryUnreadable => request::QUERY_UNREADABLE,
        Code::HeaderRepeated => request::HEADER_REPEATED,
        Code::BadRequest => request::BAD_REQUEST,
        Code::Unauthorized => keys::UNAUTHORIZED,
        Code::Forbidden => keys::FORBIDDEN,
        Code::ShopDisabled => keys::SHOP_DISABLED,
        Code::NotFound => request::NOT_FOUND,
        Code::MethodNotAllowed => request::METHOD_NOT_ALLOWED,
        Code::EventUnknown => webhooks::EVENT_UNKNOWN,
        Code::IdempotencyKeyMissing => request::IDEMPOTENCY_KEY_MISSING,
        Code::WrongStatus => payments::WRONG_STATUS,
        Code::ApprovalEnded => payments::APPROVAL_ENDED,
        Code::OrderAlreadyPaid => payments::ORDER_ALREADY_PAID,
        Code::OrderBeingCharged => payments::ORDER_BEING_CHARGED,
        Code::CancellationPending => payments::CANCELLATION_PENDING,
        Code::ExpectedLeftDiffers => payments::EXPECTED_LEFT_DIFFERS,
        Code::RefundLimit => payments::REFUND_LIMIT,
        Code::CancelRefused => payments::CANCEL_REFUSED,
        Code::InvalidFields => request::INVALID_FIELDS,
        Code::TooManyRequests => request::TOO_MANY_REQUESTS,
        Code::TooManyExports => request::TOO_MANY_EXPORTS,
        Code::IdempotencyKeyReused => request::IDEMPOTENCY_KEY_REUSED,
        Code::WebhookEndpointExists => webhooks::WEBHOOK_ENDPOINT_EXISTS,
        Code::WebhookEndpointsFull => webhooks::WEBHOOK_ENDPOINTS_FULL,
        Code::WebhookEndpointDisabled => webhooks::WEBHOOK_ENDPOINT_DISABLED,
        Code::WebhookInFlight => webhooks::WEBHOOK_IN_FLIGHT,
        Code::KakaopayRefused => kakaopay::KAKAOPAY_REFUSED,
        Code::KakaopayNoAnswer => kakaopay::KAKAOPAY_NO_ANSWER,
        Code::KakaopaySetup => kakaopay::KAKAOPAY_SETUP,
        Code::KakaopayQuota => kakaopay::KAKAOPAY_QUOTA,
        Code::KakaopayUnreachable => kakaopay::KAKAOPAY_UNREACHABLE,
        Code::Overloaded => server::OVERLOADED,
        Code::MasterKeyMissing => webhooks::MASTER_KEY_MISSING,
        Code::DatabaseRestored => server::DATABASE_RESTORED,
        Code::DatabaseUnavailable => server::DATABASE_UNAVAILABLE,
        Code::Timeout => server::TIMEOUT,
        Code::Internal => server::INTERNAL,
    }
}
