//! Money that went back, or is on its way.

use danpay_core::{CancellationId, CancellationState, Reason};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;
use super::failure::Failure;

/// Money that went back, was to go back, or is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Cancellation<'a> {
    #[schema(value_type = String, example = "can_01m325a9c0e1f8tz5r7kq2w4xn")]
    id: CancellationId,
    #[schema(example = "cancellation", extensions(("x-extensible-enum" = json!(["cancellation"]))))]
    object: &'static str,
    /// On its way, gone back, or nothing went back by it.
    #[schema(example = "done", extensions(("x-extensible-enum" = json!(["pending", "done", "failed"]))))]
    status: &'static str,
    amount: Amount,
    /// As you sent it.
    reason: Option<&'a str>,
    /// KakaoPay's number of the cancellation; null until it is done, or where a lookup did not tell it.
    aid: Option<&'a str>,
    /// Not asked of danpay: made on KakaoPay's partner site, for example.
    outside: bool,
    /// Why it failed; null unless it has.
    failure: Option<Failure<'a>>,
    /// When you asked; of one made elsewhere, when it was found.
    requested_at: Timestamp,
    /// KakaoPay's time of it; null until it is done, or where it is not known.
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
