//! Money going back: asked for once, executed at most once, and known only from KakaoPay.
//!
//! **Invariant**: each call tells KakaoPay what we believe is left, and KakaoPay refuses when it
//! is not, so a call that was executed already cannot be executed a second time.

use crate::cancellation::{Cancellation, CancellationState, Reason, Wanted, split};
use crate::command::{CancelAction, CancelAnswer, Canceled, Context, Obstacle};
use crate::event::EventKind;
use crate::id::CancellationId;
use crate::order::Amount;
use crate::payment::{Failure, Payment, State};
use crate::text::InvalidField;
use crate::timing;

use super::book::{paid_state, review};
use super::refund_day::exceeded;
use super::{Call, Decision, Draft, Refusal, refuse};

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
        last_call_at: now,
        calls_in_doubt: 1,
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
    let CancellationState::Pending {
        last_call_at,
        calls_in_doubt,
        ..
    } = pending.state
    else {
        return refuse(payment);
    };
    let doubt = |last_call_at, calls_in_doubt, refused| Cancellation {
        state: CancellationState::Pending {
            last_call_at,
            calls_in_doubt,
            refused,
            turned_away: None,
        },
        ..pending.clone()
    };
    let not_sent = |calls_in_doubt, turned_away| Cancellation {
        state: CancellationState::Pending {
            last_call_at,
            calls_in_doubt,
            refused: None,
            turned_away,
        },
        ..pending.clone()
    };
    let others = calls_in_doubt.saturating_sub(1);
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
            let doubt = doubt(last_call_at, calls_in_doubt, None);
            (doubt, EventKind::CancellationUnknown, true)
        }
        CancelAnswer::LeftDiffers(failure) => {
            // A lookup may lag behind what was executed right before this answer.
            let doubt = doubt(context.now, calls_in_doubt, Some(failure));
            (doubt, EventKind::CancellationUnknown, true)
        }
        CancelAnswer::NotSent(why) => {
            let not_sent = not_sent(others, why);
            (not_sent, EventKind::CancellationNotSent, true)
        }
        // Refused, perhaps just because another call of ours has been executed.
        CancelAnswer::Rejected(failure)
            if others > 0 && !planted!(CancelRefusalBelievedInDoubt) =>
        {
            let doubt = doubt(last_call_at, others, Some(failure));
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
    let differing = if answer.tid != payment.tid {
        Some("tid")
    } else if answer.cid != payment.cid {
        Some("cid")
    } else if answer
        .amount
        .is_some_and(|amount| amount.total != pending.amount.total)
    {
        Some("amount")
    } else if answer.canceled.total < pending.amount.total {
        Some("canceled amount")
    } else {
        None
    };
    if let Some(differing) = differing {
        let reason =
            format!("KakaoPay says that it canceled, with another {differing} than was asked for");
        return review(payment, reason, context);
    }
    let action = CancelAction {
        aid: answer.aid,
        payload: None,
        at: answer.canceled_at,
    };
    let done = done(pending, answer.amount, Some(&action));
    book_canceled(payment, answer.canceled, Some(done), context)
}

/// Books that `held` went back so far. What no cancellation of ours explains was canceled outside.
pub(super) fn book_canceled(
    payment: &Payment,
    held: Amount,
    moved: Option<Cancellation>,
    context: Context,
) -> Decision {
    let Some(approval) = payment.state.approval().cloned() else {
        return refuse(payment);
    };
    let (state, kind) = paid_state(approval, held);
    let ours = match &moved {
        Some(Cancellation {
            state: CancellationState::Done { .. },
            amount,
            ..
        }) => *amount,
        _ => Amount::default(),
    };
    let unexplained = held.less(payment.state.canceled()).less(ours);
    let outside = outside(unexplained, &context);
    moved
        .into_iter()
        .chain(outside)
        .fold(
            Draft::of(payment, state, kind).review(None),
            Draft::cancellation,
        )
        .commit(context)
}

/// The record of a cancellation that was not asked of danpay, if there is one.
pub(super) fn outside(amount: Amount, context: &Context) -> Option<Cancellation> {
    let state = CancellationState::Done {
        aid: None,
        canceled_at: None,
        outside: true,
    };
    let id = context.event_id.into();
    let requested_at = context.now;
    (!amount.total.is_zero()).then_some(Cancellation {
        id,
        amount,
        reason: None,
        requested_at,
        state,
    })
}

pub(super) fn done(
    pending: &Cancellation,
    told: Option<Amount>,
    action: Option<&CancelAction>,
) -> Cancellation {
    let state = CancellationState::Done {
        aid: action.and_then(|action| action.aid.clone()),
        canceled_at: action.and_then(|action| action.at),
        outside: false,
    };
    Cancellation {
        amount: told.unwrap_or(pending.amount),
        state,
        ..pending.clone()
    }
}

pub(super) fn failed(pending: &Cancellation, failure: Failure) -> Cancellation {
    Cancellation {
        state: CancellationState::Failed { failure },
        ..pending.clone()
    }
}
