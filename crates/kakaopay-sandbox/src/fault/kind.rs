//! The faults by name, each with what it does.
//! Invariant: a kind has one name, in JSON, in files and on pages.

use serde::{Deserialize, Serialize};

use super::Endpoint;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The call takes effect, then the connection is reset instead of an answer.
    AnswerLostAfterCommit,
    /// The connection is reset before the call takes effect.
    ResetBefore,
    /// The call takes effect, then the connection is reset in the middle of the answer.
    ResetAfter,
    /// The call takes effect, and is answered, only after `delay_ms`; also when the caller has
    /// left meanwhile.
    DelayBefore,
    /// The call takes effect at once and is answered after `delay_ms`.
    DelayAfterCommit,
    /// `500` at once; the call takes effect `delay_ms` later, by the sandbox's clock.
    LateEffect,
    /// The connection is reset at once; the call takes effect `delay_ms` later, by the sandbox's
    /// clock.
    LateEffectAfterReset,
    /// `400` with code -785; the call has no effect.
    RefuseDuplicate,
    /// A documented code (`error_code`), with its status and message; the call has no effect,
    /// unless the fault says `takes_effect`.
    ErrorCode,
    /// `500` with code -500; the call has no effect.
    #[serde(rename = "error_500")]
    Error500,
    /// `503` with code -503; the call has no effect.
    #[serde(rename = "error_503")]
    Error503,
    /// `429` with code -429 and `Retry-After`; the call has no effect.
    #[serde(rename = "error_429")]
    Error429,
    /// `429` with code -429 for every call until midnight in Korea; none has an effect. That the
    /// day ends there is a guess: the documents know a quota of a day.
    DailyQuota,
    /// `503` with the predecessor's code -9798; the call has no effect.
    Maintenance,
    /// The call takes effect; its answer ends in the middle of the JSON.
    TruncatedJson,
    /// The call takes effect; every value of its answer has the wrong type.
    WrongTypeJson,
    /// The call takes effect; its answer comes drop by drop over `delay_ms`.
    SlowDrip,
    /// A lookup knows only what had happened `delay_ms` ago, by the sandbox's clock.
    StaleLookup,
    /// The payer comes back with `pg_token` twice in the address.
    PgTokenTwice,
    /// The payer's browser asks for `approval_url` twice.
    ApprovalRedirectTwice,
    /// The payer comes back to `approval_url`, and then to `cancel_url`.
    CancelRedirectAfterPay,
}

impl FaultKind {
    /// Every kind, for lists.
    pub const ALL: &[Self] = &[
        Self::AnswerLostAfterCommit,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::DelayBefore,
        Self::DelayAfterCommit,
        Self::LateEffect,
        Self::LateEffectAfterReset,
        Self::RefuseDuplicate,
        Self::ErrorCode,
        Self::Error500,
        Self::Error503,
        Self::Error429,
        Self::DailyQuota,
        Self::Maintenance,
        Self::TruncatedJson,
        Self::WrongTypeJson,
        Self::SlowDrip,
        Self::StaleLookup,
        Self::PgTokenTwice,
        Self::ApprovalRedirectTwice,
        Self::CancelRedirectAfterPay,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        self.about().0
    }

    /// What it does, in a line.
    pub fn does(self) -> &'static str {
        self.about().1
    }

    /// The same in Korean.
    pub fn does_ko(self) -> &'static str {
        match self {
            Self::AnswerLostAfterCommit => "처리하고 답 없이 연결을 끊습니다",
            Self::ResetBefore => "처리하지 않고 연결을 끊습니다",
            Self::ResetAfter => "처리하고 답을 보내다가 연결을 끊습니다",
            Self::DelayBefore => "delay_ms 뒤에 처리하고 답합니다",
            Self::DelayAfterCommit => "바로 처리하고 delay_ms 뒤에 답합니다",
            Self::LateEffect => "500을 바로 답하고 delay_ms 뒤에 처리합니다",
            Self::LateEffectAfterReset => "연결을 바로 끊고 delay_ms 뒤에 처리합니다",
            Self::RefuseDuplicate => "처리하지 않고 -785를 답합니다",
            Self::ErrorCode => {
                "error_code에 적은 코드를 답합니다. takes_effect가 true일 때만 처리합니다"
            }
            Self::Error500 => "처리하지 않고 500(-500)을 답합니다",
            Self::Error503 => "처리하지 않고 503(-503)을 답합니다",
            Self::Error429 => "처리하지 않고 429(-429)와 Retry-After를 답합니다",
            Self::DailyQuota => "한국 시간 자정까지 모든 호출을 처리하지 않고 429(-429)를 답합니다",
            Self::Maintenance => "처리하지 않고 점검 중(503, -9798)이라고 답합니다",
            Self::TruncatedJson => "처리하고 중간에 잘린 JSON을 답합니다",
            Self::WrongTypeJson => "처리하고 값의 타입이 모두 틀린 JSON을 답합니다",
            Self::SlowDrip => "처리하고 답을 delay_ms 동안 조금씩 보냅니다",
            Self::StaleLookup => "조회가 delay_ms 전의 상태를 답합니다",
            Self::PgTokenTwice => "pg_token이 주소에 두 번 붙어 돌아옵니다",
            Self::ApprovalRedirectTwice => "브라우저가 approval_url을 두 번 엽니다",
            Self::CancelRedirectAfterPay => "approval_url로 돌아온 뒤 cancel_url로도 갑니다",
        }
    }

    fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::AnswerLostAfterCommit => (
                "answer_lost_after_commit",
                "takes effect, then the connection is reset instead of an answer",
            ),
            Self::ResetBefore => ("reset_before", "the connection is reset, no effect"),
            Self::ResetAfter => (
                "reset_after",
                "takes effect, then the connection is reset in the middle of the answer",
            ),
            Self::DelayBefore => ("delay_before", "takes effect and answers after delay_ms"),
            Self::DelayAfterCommit => (
                "delay_after_commit",
                "takes effect at once, answers after delay_ms",
            ),
            Self::LateEffect => ("late_effect", "500 at once, takes effect delay_ms later"),
            Self::LateEffectAfterReset => (
                "late_effect_after_reset",
                "the connection is reset at once, takes effect delay_ms later",
            ),
            Self::RefuseDuplicate => ("refuse_duplicate", "-785, no effect"),
            Self::ErrorCode => (
                "error_code",
                "the documented error_code, with method_result_code if given; no effect, unless takes_effect is true",
            ),
            Self::Error500 => ("error_500", "500 with -500, no effect"),
            Self::Error503 => ("error_503", "503 with -503, no effect"),
            Self::Error429 => ("error_429", "429 with -429 and Retry-After, no effect"),
            Self::DailyQuota => (
                "daily_quota",
                "429 with -429 for every call until midnight in Korea, no effect",
            ),
            Self::Maintenance => ("maintenance", "503 with -9798, no effect"),
            Self::TruncatedJson => (
                "truncated_json",
                "takes effect, the answer ends in the middle of its JSON",
            ),
            Self::WrongTypeJson => (
                "wrong_type_json",
                "takes effect, every value of the answer has the wrong type",
            ),
            Self::SlowDrip => (
                "slow_drip",
                "takes effect, the answer comes drop by drop over delay_ms",
            ),
            Self::StaleLookup => (
                "stale_lookup",
                "the lookup knows only what had happened delay_ms ago",
            ),
            Self::PgTokenTwice => (
                "pg_token_twice",
                "the payer comes back with pg_token twice in the address",
            ),
            Self::ApprovalRedirectTwice => (
                "approval_redirect_twice",
                "the payer's browser asks for approval_url twice",
            ),
            Self::CancelRedirectAfterPay => (
                "cancel_redirect_after_pay",
                "the payer comes back to approval_url, and then to cancel_url",
            ),
        }
    }

    /// Whether it can happen there.
    pub fn happens_at(self, endpoint: Endpoint) -> bool {
        match self {
            Self::PgTokenTwice | Self::ApprovalRedirectTwice | Self::CancelRedirectAfterPay => {
                endpoint == Endpoint::Payer
            }
            Self::StaleLookup => endpoint == Endpoint::Order,
            _ => endpoint != Endpoint::Payer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_in_json_and_on_the_page() {
        for kind in FaultKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
