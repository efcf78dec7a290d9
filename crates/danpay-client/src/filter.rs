//! Which payments a list has.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::PaymentStatus;

/// Which payments [`Danpay::payments`](crate::Danpay::payments) lists. All that is set holds together;
/// nothing set lists all.
///
/// ```
/// use danpay_client::{PaymentFilter, PaymentStatus};
///
/// let paid_that_day = PaymentFilter::new()
///     .status(PaymentStatus::Approved)
///     .created_from_day(jiff::civil::date(2026, 11, 26))
///     .created_to_day(jiff::civil::date(2026, 11, 26));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct PaymentFilter {
    pairs: Vec<(&'static str, String)>,
}

impl PaymentFilter {
    /// All payments.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this order number of yours.
    pub fn order_id(self, order_id: impl Into<String>) -> Self {
        self.with("order_id", order_id.into())
    }

    /// Those of this member of yours.
    pub fn user_id(self, user_id: impl Into<String>) -> Self {
        self.with("user_id", user_id.into())
    }

    /// Those that have this status now.
    pub fn status(self, status: PaymentStatus) -> Self {
        self.with("status", status.into())
    }

    /// Those of this merchant code.
    pub fn cid(self, cid: impl Into<String>) -> Self {
        self.with("cid", cid.into())
    }

    /// Those that the operator of danpay has to look at; with `false`, the others.
    pub fn needs_review(self, needs_review: bool) -> Self {
        self.with("needs_review", needs_review.to_string())
    }

    /// Those that were made at this instant or later.
    pub fn created_from(self, instant: Timestamp) -> Self {
        self.with("created_from", instant.to_string())
    }

    /// Those that were made before this instant.
    pub fn created_before(self, instant: Timestamp) -> Self {
        self.with("created_to", instant.to_string())
    }

    /// Those that were made on this day in Korea or later.
    pub fn created_from_day(self, day: Date) -> Self {
        self.with("created_from", day.to_string())
    }

    /// Those that were made on this day in Korea or earlier.
    pub fn created_to_day(self, day: Date) -> Self {
        self.with("created_to", day.to_string())
    }

    pub(crate) fn into_query(self) -> Vec<(&'static str, String)> {
        self.pairs
    }

    /// What is set again replaces what was set.
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.pairs.retain(|(there, _)| *there != name);
        self.pairs.push((name, value));
        self
    }
}
