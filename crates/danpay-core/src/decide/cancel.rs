//! Money going back: asked for once, executed at most once, and known only from KakaoPay.
//!
//! **Invariant**: each call tells KakaoPay what we believe is left, and KakaoPay refuses when it
//! is not, so a call that was executed already cannot be executed a second time.

use crate::calls_in_doubt::CallsInDoubt;
use crate::cancellation::{Cancellation, CancellationState, Reason, Wanted, split};
use crate::command::{CancelAction, CancelAnswer, Canceled, Context, Obstacle};
use crate::event::EventKind;
use crate::failure::Failure;
use crate::id::CancellationId;
use crate::order::Amount;
use crate::payment::{Payment, State};
use crate::review::{AnswerField, Review};
use crate::text::InvalidField;
use crate::timing;

use super::refund_day::exceeded;
use super::went_back::{book_canceled, done, failed};
use super::{Call, Decision, Draft, Refusal, refuse, review};

/// The shop wants money to go back.
pub(super) fn request(
    payment: &Payment,
    id: CancellationId,
    (wanted, reason): (Wanted, Option<Reason>),
    context: Context,
) -> Decision {
    if !matches!(
        payment.state,
        State::Approved { .. } | State::PartiallyCanceled { .. }
    ) {
        return refuse(payment);
    }
    if payment.pending().is_some() {
        return Decision::Refuse(Refusal::CancellationPending);
    }
    let left = payment.left();
    // Before anything else: what the shop wants is meant for what it believes to be left.
    if wanted
        .expected_left
        .is_some_and(|expected| expected != left.total)
    {
        return Decision::Refuse(Refusal::ExpectedLeft(left));
    }
    let amount = match split(wanted, left) {
        Ok(amount) => amount,
        Err(field) => return Decision::Refuse(Refusal::Field(field)),
    };
    let deposit = payment.order.amount.green_deposit;
    if !deposit.is_zero() && amount.total != left.total {
        return Decision::Refuse(Refusal::Field(InvalidField::new(
            "amount.total",
            format!(
                "must be {}: with a cup deposit only all of it can be canceled",
                left.total
            ),
            format!(
                "{}원이어야 합니다: 컵 보증금이 있는 결제는 전액만 취소할 수 있습니다",
                left.total
            ),
        )));
    }
    if let Some(limit) = exceeded(amount.total, &context) {
        return Decision::Refuse(limit.into());
    }
    if let Some(refusal) = in_the_way(&context) {
        return Decision::Refuse(refusal);
    }
    let now = context.now;
    let state = CancellationState::Pending {
        calls: CallsInDoubt::first(now),
        refused: None,
        turned_away: None,
    };
    let cancellation = Cancellation {
        id,
        amount,
        reason,
        requested_at: now,
        state,
    };
    Draft::of(
        payment,
        payment.state.clone(),
        EventKind::CancellationRequested,
    )
    .cancellation(cancellation)
    .check_at(Some(timing::after(now, timing::CALL_SETTLES)))
    .call(Call::Cancel(id))
    .commit(context)
}

/// What keeps us from a call to cancel. Another payment of the order does not: this money has moved. Nor
/// does what others were refunded, once a refund is counted.
pub(super) fn in_the_way(context: &Context) -> Option<Refusal> {
    match context.obstacle {
        Some(Obstacle::Restored) => Some(Refusal::Restored),
        Some(Obstacle::Busy) => Some(Refusal::Busy),
        Some(Obstacle::Order(_) | Obstacle::RefundDay(_)) | None => None,
    }
}

/// A call to cancel has ended.
pub(super) fn settle_cancel(
    payment: &Payment,
    id: CancellationId,
    answer: CancelAnswer,
    context: Context,
) -> Decision {
    let Some(pending) = payment.pending().filter(|pending| pending.id == id) else {
        // Settled meanwhile by a lookup, which KakaoPay's answer can only repeat.
        return refuse(payment);
    };
    let CancellationState::Pending { calls, .. } = pending.state else {
        return refuse(payment);
    };
    let still = |calls, refused, turned_away| Cancellation {
        state: CancellationState::Pending {
            calls,
            refused,
            turned_away,
        },
        ..pending.clone()
    };
    let others = calls.but_one();
    let (cancellation, kind, next_check) = match answer {
        CancelAnswer::Canceled(canceled) => {
            return canceled_as(payment, pending, *canceled, context);
        }
        CancelAnswer::Unknown if planted!(CancelTimeoutIsFailure) => {
            let failure = Failure {
                code: "timeout".to_owned(),
                message: String::new(),
                message_ko: String::new(),
                kakaopay: None,
            };
            let kind = EventKind::CancellationFailed;
            (failed(pending, failure), kind, false)
        }
        CancelAnswer::Unknown => {
            let doubt = still(calls, None, None);
            (doubt, EventKind::CancellationUnknown, true)
        }
        CancelAnswer::LeftDiffers(failure) => {
            // A lookup may lag behind what was executed right before this answer.
            let calls = CallsInDoubt {
                newest: context.now,
                ..calls
            };
            let doubt = still(calls, Some(failure), None);
            (doubt, EventKind::CancellationUnknown, true)
        }
        CancelAnswer::NotSent(why) => {
            let not_sent = still(others, None, why);
            (not_sent, EventKind::CancellationNotSent, true)
        }
        // Refused, perhaps just because another call of ours has been executed.
        CancelAnswer::Rejected(failure)
            if !others.are_none() && !planted!(CancelRefusalBelievedInDoubt) =>
        {
            let doubt = still(others, Some(failure), None);
            (doubt, EventKind::CancellationUnknown, true)
        }
        CancelAnswer::Rejected(failure) => (
            failed(pending, failure),
            EventKind::CancellationFailed,
            false,
        ),
    };
    Draft::of(payment, payment.state.clone(), kind)
        .cancellation(cancellation)
        .check_at(next_check.then_some(timing::after(context.now, timing::FIRST_LOOK)))
        .commit(context)
}

/// 200: canceled, unless the answer is about something else.
fn canceled_as(
    payment: &Payment,
    pending: &Cancellation,
    answer: Canceled,
    context: Context,
) -> Decision {
    let is_another = |amount: Amount| amount.total != pending.amount.total;
    let differing = if answer.tid != payment.tid {
        Some(AnswerField::Tid)
    } else if answer.cid != payment.cid {
        Some(AnswerField::Cid)
    } else if answer.amount.is_some_and(is_another) {
        Some(AnswerField::Amount)
    } else if answer.canceled.total < pending.amount.total {
        Some(AnswerField::CanceledAmount)
    } else {
        None
    };
    if let Some(field) = differing {
        return review::ask(payment, Review::CanceledOtherwise { field }, context);
    }
    let action = CancelAction {
        aid: answer.aid,
        payload: None,
        at: answer.canceled_at,
    };
    let done = done(pending, answer.amount, Some(&action));
    book_canceled(payment, answer.canceled, Some(done), context)
}
