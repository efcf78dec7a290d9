//! How much a shop lets go back: in one refund, and on one day in Korea.
//!
//! **Invariant**: a refund is counted in the sum of its day by the commit that makes it pending, and
//! taken out by the commit in which it fails. So the sum of a day is what is pending and done of what
//! was asked for on it, whichever server was asked. What was canceled elsewhere is neither refused nor
//! counted.

use jiff::civil::Date;

use crate::cancellation::{Cancellation, CancellationState};
use crate::command::{Context, Obstacle, RefundLimits, Refunded};
use crate::event::EventKind;
use crate::timing;
use crate::won::Won;

/// What a change does to the sum of a day's refunds, in the same commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundDay {
    /// Nothing.
    Keep,
    /// Adds this. If the sum would then be above `most`, nothing at all is committed: decide again,
    /// with the sum as the obstacle.
    Count {
        /// The day in Korea.
        day: Date,
        /// How much.
        amount: Won,
        /// The most that the shop lets go back on it, if it has a limit.
        most: Option<Won>,
    },
    /// Takes this out again.
    GiveBack {
        /// The day on which it was counted.
        day: Date,
        /// How much.
        amount: Won,
    },
}

/// Which limit of its shop a refund is above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefundLimit {
    /// That of one refund.
    #[error("one refund may be {most} KRW at most")]
    PerRefund {
        /// KRW.
        most: Won,
    },
    /// That of a day.
    #[error("{most} KRW at most may be refunded on {day}, and {left} KRW of that are left")]
    PerDay {
        /// The day in Korea.
        day: Date,
        /// KRW.
        most: Won,
        /// What is left of it.
        left: Won,
    },
}

impl RefundDay {
    /// What the change of this kind, which moves these cancellations, has to do.
    pub(super) fn of(kind: EventKind, moved: &[Cancellation], context: &Context) -> Self {
        if kind == EventKind::CancellationRequested {
            return moved.first().map_or(Self::Keep, |asked| Self::Count {
                day: timing::korean_day(asked.requested_at),
                amount: asked.amount.total,
                most: context.refund_limits.per_day,
            });
        }
        let mut moved = moved.iter();
        let failed = moved.find(|one| matches!(one.state, CancellationState::Failed { .. }));
        failed
            .filter(|_| !planted!(RefundDayNotGivenBack))
            .map_or(Self::Keep, |failed| Self::GiveBack {
                day: timing::korean_day(failed.requested_at),
                amount: failed.amount.total,
            })
    }
}

/// The limit that a refund of this amount is above, as far as the sum of its day is known.
pub(super) fn exceeded(amount: Won, context: &Context) -> Option<RefundLimit> {
    let RefundLimits {
        per_refund,
        per_day,
    } = context.refund_limits;
    if let Some(most) = per_refund.filter(|most| amount > *most) {
        return Some(RefundLimit::PerRefund { most });
    }
    let (Some(most), Some(Obstacle::RefundDay(Refunded { day, sum }))) =
        (per_day, context.obstacle)
    else {
        return None;
    };
    let left = most.checked_sub(sum).unwrap_or(Won::ZERO);
    // It may be the next day by now.
    let is_above = day == timing::korean_day(context.now) && amount > left;
    is_above.then_some(RefundLimit::PerDay { day, most, left })
}
