//! Whole Korean won. KRW has no minor unit, so an integer is the whole truth.
//!
//! **Invariant**: never negative and never above [`Won::MAX`], so no sum of two overflows and
//! every JSON reader, JavaScript's included, reads the exact number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::InvalidField;

/// An amount in whole KRW, from 0 to [`Won::MAX`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Won(i64);

impl Won {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that danpay takes: 2^53 - 1, the largest integer that JSON readers
    /// agree on. KakaoPay publishes no maximum of its own; it answers -797 above its limits.
    pub const MAX: Self = Self(9_007_199_254_740_991);

    /// `amount` KRW, for the field `field`.
    pub fn new(field: &'static str, amount: i64) -> Result<Self, InvalidField> {
        if (0..=Self::MAX.0).contains(&amount) {
            Ok(Self(amount))
        } else {
            Err(InvalidField::new(
                field,
                format!("must be a whole amount in KRW from 0 to {}", Self::MAX),
                format!("0 이상 {} 이하의 원 단위 정수여야 합니다", Self::MAX),
            ))
        }
    }

    /// KRW as an integer.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is no money at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it is above [`Won::MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        // Two values of at most 2^53 cannot overflow an i64.
        Some(Self(self.0 + other.0)).filter(|sum| *sum <= Self::MAX)
    }

    /// The difference, unless it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self(self.0 - other.0)).filter(|rest| rest.0 >= 0)
    }
}

impl TryFrom<i64> for Won {
    type Error = InvalidField;

    fn try_from(amount: i64) -> Result<Self, InvalidField> {
        Self::new("amount", amount)
    }
}

impl TryFrom<u64> for Won {
    type Error = InvalidField;

    fn try_from(amount: u64) -> Result<Self, InvalidField> {
        Self::new("amount", i64::try_from(amount).unwrap_or(i64::MAX))
    }
}

impl From<Won> for i64 {
    fn from(won: Won) -> Self {
        won.0
    }
}

impl From<Won> for u64 {
    fn from(won: Won) -> Self {
        won.0.unsigned_abs()
    }
}

impl fmt::Display for Won {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
