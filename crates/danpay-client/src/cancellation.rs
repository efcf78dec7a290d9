//! Money that goes back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Amount, CancellationId, Failure, Payment};

open_enum! {
    /// How a cancellation stands.
    CancellationStatus {
        /// Whether the money goes back is not known yet; danpay settles it by itself.
        Pending = "pending",
        /// The money has gone back.
        Done = "done",
        /// Nothing went back by it. `failure` says why.
        Failed = "failed",
    }
}

/// Money that went back, was to go back, or is on its way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cancellation {
    /// danpay's id.
    pub id: CancellationId,
    /// How it stands.
    pub status: CancellationStatus,
    /// How much.
    pub amount: Amount,
    /// Why, in the shop's words.
    #[serde(default)]
    pub reason: Option<String>,
    /// KakaoPay's id of the cancellation, once done.
    #[serde(default)]
    pub aid: Option<String>,
    /// Not asked of danpay: made on KakaoPay's partner site, for example.
    #[serde(default)]
    pub outside: bool,
    /// Why nothing went back by it.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the money went back.
    #[serde(default)]
    pub canceled_at: Option<Timestamp>,
}

/// What is to go back: all that is left, or a part.
///
/// ```
/// use danpay_client::{NewCancellation, PartAmount};
///
/// let all = NewCancellation::all().reason("품절");
/// let half = NewCancellation::part(1_100).expected_left(2_200);
/// let partly_tax_free = NewCancellation::part(PartAmount::new(1_100).tax_free(500));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct NewCancellation {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<PartAmount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A part of a payment, in whole KRW.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct PartAmount {
    total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_free: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<i64>,
}

impl NewCancellation {
    /// All that is left.
    pub fn all() -> Self {
        Self {
            amount: None,
            expected_left: None,
            reason: None,
        }
    }

    /// A part: a number of KRW, or a [`PartAmount`].
    pub fn part(amount: impl Into<PartAmount>) -> Self {
        Self {
            amount: Some(amount.into()),
            ..Self::all()
        }
    }

    /// What you believe is left before this cancellation. If something else is left, nothing happens
    /// ([`ExpectedLeftDiffers`](crate::ProblemCode::ExpectedLeftDiffers)).
    pub fn expected_left(mut self, won: i64) -> Self {
        self.expected_left = Some(won);
        self
    }

    /// Why; at most 200 characters. It stays with danpay.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl PartAmount {
    /// So many KRW.
    pub fn new(total: i64) -> Self {
        Self {
            total,
            tax_free: None,
            vat: None,
        }
    }

    /// How much of it is free of tax. Needed only for a payment that is partly free of tax.
    pub fn tax_free(mut self, won: i64) -> Self {
        self.tax_free = Some(won);
        self
    }

    /// The value added tax inside it. By KakaoPay's rule if it is not set.
    pub fn vat(mut self, won: i64) -> Self {
        self.vat = Some(won);
        self
    }
}

impl From<i64> for PartAmount {
    fn from(total: i64) -> Self {
        Self::new(total)
    }
}

/// What [`cancel`](crate::Danpay::cancel) answers: the payment, and which of its cancellations was asked
/// for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Canceled {
    /// The payment as it stands.
    #[serde(flatten)]
    pub payment: Payment,
    /// Names one of the payment's cancellations.
    pub cancellation_id: Option<CancellationId>,
}

impl Canceled {
    /// The cancellation that was asked for.
    pub fn cancellation(&self) -> Option<&Cancellation> {
        self.payment.cancellation(self.cancellation_id.as_ref()?)
    }

    /// Whether the money has gone back. If not, it is not known yet: ask again with the same key, or read
    /// the payment later.
    pub fn is_done(&self) -> bool {
        let status = self.cancellation().map(|cancellation| &cancellation.status);
        status == Some(&CancellationStatus::Done)
    }
}
