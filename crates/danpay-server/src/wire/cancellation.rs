//! Money that went back, or is on its way.

use danpay_core::{CancellationId, CancellationState, Reason};
use jiff::Timestamp;
use serde::Serialize;

use super::amount::Amount;
use super::failure::Failure;

#[derive(Debug, Serialize)]
pub(super) struct Cancellation<'a> {
    id: CancellationId,
    object: &'static str,
    status: &'static str,
    amount: Amount,
    reason: Option<&'a str>,
    aid: Option<&'a str>,
    /// Not asked of danpay: made on KakaoPay's partner site, for example.
    outside: bool,
    failure: Option<Failure<'a>>,
    requested_at: Timestamp,
    canceled_at: Option<Timestamp>,
}

impl<'a> From<&'a danpay_core::Cancellation> for Cancellation<'a> {
    fn from(cancellation: &'a danpay_core::Cancellation) -> Self {
        let pending = Self {
            id: cancellation.id,
            object: "cancellation",
            status: "pending",
            amount: cancellation.amount.into(),
            reason: cancellation.reason.as_ref().map(Reason::as_str),
            aid: None,
            outside: false,
            failure: None,
            requested_at: cancellation.requested_at,
            canceled_at: None,
        };
        match &cancellation.state {
            CancellationState::Pending { .. } => pending,
            CancellationState::Done {
                aid,
                canceled_at,
                outside,
            } => Self {
                status: "done",
                aid: aid.as_deref(),
                canceled_at: *canceled_at,
                outside: *outside,
                ..pending
            },
            CancellationState::Failed { failure } => Self {
                status: "failed",
                failure: Some(failure.into()),
                ..pending
            },
        }
    }
}
