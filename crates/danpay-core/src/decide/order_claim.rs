//! One order, one charge: which payment of an order may be charged.
//!
//! **Invariant**: a call to approve is committed only together with the order's claim, and the claim
//! goes only in the commit by which its payment leaves `approving` unpaid: when no call can take
//! effect any more. So while money may move for one payment, no other of its order can be called
//! for; and once it has moved, none ever.

use crate::command::{Context, Holder, Obstacle, OrderNumbers};
use crate::id::PaymentId;
use crate::payment::{Payment, Status};

use super::Call;

/// What a change does to the claim of its order, in the same commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderClaim {
    /// Nothing.
    Keep,
    /// Takes it, or has it already. If another payment has it, nothing at all is committed: decide
    /// again, with that payment as the obstacle.
    Take,
    /// The same, and takes it from this payment, which is not paid: KakaoPay has proved that the
    /// order is charged by another one.
    TakeFrom(PaymentId),
    /// Gives it back, if it has it.
    Release,
}

impl OrderClaim {
    /// What the change from `before` to `payment` has to do.
    pub(super) fn of(
        before: Status,
        payment: &Payment,
        call: Option<Call>,
        context: &Context,
    ) -> Self {
        if context.order_numbers == OrderNumbers::Repeat {
            return Self::Keep;
        }
        let after = payment.status();
        if call == Some(Call::Approve) && !planted!(OrderNotGuarded) {
            return Self::Take;
        }
        match (before, after) {
            // What is paid stays so: nothing but the first proof takes the order.
            (before, _) if before.is_paid() => Self::Keep,
            (_, after) if after.is_paid() => match other(context) {
                None => Self::Take,
                Some(holder) if holder.is_paid => Self::Keep,
                Some(holder) => Self::TakeFrom(holder.payment),
            },
            (Status::Approving, Status::Approving) if planted!(OrderReleasedInDoubt) => {
                Self::Release
            }
            (Status::Approving, Status::Approving) => Self::Keep,
            (Status::Approving, _) if !planted!(OrderNotReleased) => Self::Release,
            _ => Self::Keep,
        }
    }
}

/// The other payment that has the order's claim, as far as it is known.
pub(super) fn other(context: &Context) -> Option<Holder> {
    match context.obstacle {
        Some(Obstacle::Order(holder)) => Some(holder),
        _ => None,
    }
}
