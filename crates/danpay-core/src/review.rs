//! Why a person has to look at a payment. What KakaoPay says is then not what danpay expects, and
//! money is never guessed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::PaymentId;
use crate::won::Won;

/// The reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Review {
    /// KakaoPay does not know the TID that it gave, and a call to approve may have taken effect.
    UnknownTid,
    /// For 24 hours it is not known whether the payment was paid.
    ApprovalUnresolved,
    /// For 24 hours it is not known whether a cancellation was executed.
    CancellationUnresolved,
    /// For 24 hours KakaoPay has not executed a cancellation.
    CancellationNotExecuted,
    /// KakaoPay says that it was paid, about something else than was asked for.
    PaidOtherwise {
        /// What differs.
        field: AnswerField,
    },
    /// KakaoPay says that another amount was paid.
    PaidAnotherAmount {
        /// What was asked for, in KRW.
        asked: Won,
        /// What KakaoPay says, in KRW.
        paid: Won,
    },
    /// KakaoPay says that it canceled, about something else than was asked for.
    CanceledOtherwise {
        /// What differs.
        field: AnswerField,
    },
    /// What KakaoPay canceled fits neither with nor without our cancellation.
    CanceledAmountUnclear,
    /// The order had been charged before.
    SecondCharge {
        /// By this payment.
        first: PaymentId,
    },
}

/// A part of KakaoPay's answer, by KakaoPay's name where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are KakaoPay's")]
pub enum AnswerField {
    Tid,
    Cid,
    PartnerOrderId,
    PartnerUserId,
    /// What this call canceled.
    Amount,
    /// What went back so far.
    CanceledAmount,
}

impl fmt::Display for AnswerField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tid => "tid",
            Self::Cid => "cid",
            Self::PartnerOrderId => "partner_order_id",
            Self::PartnerUserId => "partner_user_id",
            Self::Amount => "amount",
            Self::CanceledAmount => "canceled amount",
        })
    }
}

/// One English sentence.
impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTid => {
                f.write_str("KakaoPay does not know the TID; were the key or the CID changed?")
            }
            Self::ApprovalUnresolved => {
                f.write_str("for 24 hours KakaoPay has not said whether it was paid")
            }
            Self::CancellationUnresolved => {
                f.write_str("for 24 hours KakaoPay has not said whether it was canceled")
            }
            Self::CancellationNotExecuted => {
                f.write_str("for 24 hours KakaoPay has not executed a cancellation")
            }
            Self::PaidOtherwise { field } => write!(
                f,
                "KakaoPay says that it was paid, with another {field} than was asked for"
            ),
            Self::PaidAnotherAmount { asked, paid } => write!(
                f,
                "KakaoPay says that {paid} KRW were paid, and {asked} KRW were asked for"
            ),
            Self::CanceledOtherwise { field } => write!(
                f,
                "KakaoPay says that it canceled, with another {field} than was asked for"
            ),
            Self::CanceledAmountUnclear => f.write_str(
                "KakaoPay's canceled amount fits neither with nor without our cancellation",
            ),
            Self::SecondCharge { first } => {
                write!(f, "the order was charged before, by {first}")
            }
        }
    }
}
