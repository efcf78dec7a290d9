//! How a tester's payer ends: what becomes of the password, and what approve answers.
//! `USER_LOCKED` and `BANK_FIRM_UNKNOWN` are documented, 8008 was seen in clients' code; the rest
//! is our guess. Invariant: whatever the answer says, money moves at most once, and only in `Paid`.

use serde::{Deserialize, Serialize};

use super::Refused;
use super::method::Method;
use super::payment::{Failure, Paid, Payment, State};

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

    fn said(self) -> Option<MethodResult> {
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

impl Payment {
    /// Ends an approval that nothing else speaks against, in the way its payer leads to.
    pub(super) fn settle(&mut self, paid: Paid) -> Result<(), Refused> {
        let said = self.outcome.said();
        match self.outcome {
            Outcome::Pays | Outcome::WrongPassword | Outcome::BankUnknown => {
                self.state = State::Paid(paid);
            }
            Outcome::ShortOfBalance | Outcome::CardRefused => {
                self.state = State::Failed {
                    method: paid.method,
                    by: Failure::Approval,
                };
            }
            Outcome::Locked => self.outcome = Outcome::Pays,
        }
        match said {
            Some(result) => Err(Refused::MethodFailed(result)),
            None => Ok(()),
        }
    }

    /// Counts a wrong password; the last one that is allowed ends the payment.
    pub(super) fn mistype(&mut self, method: Method) {
        self.wrong_passwords = self.wrong_passwords.saturating_add(1);
        if self.wrong_passwords >= WRONG_PASSWORDS_MAX {
            self.state = State::Failed {
                method,
                by: Failure::Password,
            };
        }
    }
}
