//! How a tester's payer ends: what becomes of the password, and what approve answers.
//! `USER_LOCKED` and `BANK_FIRM_UNKNOWN` are documented, 8008 was seen in clients' code; the rest
//! is our guess.

use serde::{Deserialize, Serialize};

/// A password may be wrong this often before the payment has failed (our guess).
pub(crate) const WRONG_PASSWORDS_MAX: u8 = 5;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    #[default]
    Pays,
    ShortOfBalance,
    CardRefused,
    /// Another payment of the same payer is under way: approve is refused once, then possible.
    Locked,
    /// The bank's answer got lost: approve says no, and the money has moved.
    BankUnknown,
    WrongPassword,
}

/// What a payment method said, as `extras` of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MethodResult {
    #[serde(rename = "method_result_code")]
    pub(crate) code: &'static str,
    #[serde(rename = "method_result_message")]
    pub(crate) message: &'static str,
}

impl Outcome {
    pub(crate) const ALL: [Self; 6] = [
        Self::Pays,
        Self::ShortOfBalance,
        Self::CardRefused,
        Self::Locked,
        Self::BankUnknown,
        Self::WrongPassword,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::ShortOfBalance => "short_of_balance",
            Self::CardRefused => "card_refused",
            Self::Locked => "locked",
            Self::BankUnknown => "bank_unknown",
            Self::WrongPassword => "wrong_password",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }

    pub(super) fn said(self) -> Option<MethodResult> {
        let (code, message) = match self {
            Self::Pays | Self::WrongPassword => return None,
            Self::ShortOfBalance => ("8008", "잔액이 부족합니다."),
            Self::CardRefused => ("CARD_REFUSED", "카드사에서 승인을 거절했습니다."),
            Self::Locked => (
                "USER_LOCKED",
                "진행중인 거래가 있습니다. 잠시 후 다시 시도해 주세요.",
            ),
            Self::BankUnknown => (
                "BANK_FIRM_UNKNOWN",
                "은행의 처리 결과를 확인할 수 없습니다.",
            ),
        };
        Some(MethodResult { code, message })
    }
}
