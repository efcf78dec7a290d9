//! A lookup of a payment that is paid: whether our cancellation was executed, and what went back
//! besides.
//!
//! **Invariant**: "not executed" is believed only once no call to cancel can still take effect.

use jiff::Timestamp;

use crate::cancellation::{Cancellation, CancellationState};
use crate::command::{CancelAction, Context, Paid};
use crate::event::EventKind;
use crate::failure::Failure;
use crate::order::Amount;
use crate::payment::Payment;
use crate::review::Review;
use crate::timing;

use super::{Call, Decision, Draft, cancel, review, went_back};

/// A lookup tells what went back from a payment that our database holds as paid.
pub(super) fn reconcile(
    payment: &Payment,
    paid: &Paid,
    asked_at: Timestamp,
    context: Context,
) -> Decision {
    let known = payment.state.canceled();
    let held = paid.canceled;
    let Some(pending) = payment.pending() else {
        // Less than we know is a stale lookup.
        return if held.total > known.total && !planted!(OutsideIgnored) {
            went_back::book_canceled(payment, held, None, context)
        } else {
            Decision::Wait(None)
        };
    };
    match executed(payment, pending, paid) {
        Executed::Yes(action) => {
            let done = went_back::done(pending, None, action);
            went_back::book_canceled(payment, held, Some(done), context)
        }
        Executed::No => not_executed(payment, held, asked_at, context),
        Executed::Unclear => review::ask(payment, Review::CanceledAmountUnclear, context),
    }
}

enum Executed<'a> {
    Yes(Option<&'a CancelAction>),
    No,
    Unclear,
}

/// Whether KakaoPay has executed the pending cancellation. Its `payload` is the proof; where
/// KakaoPay tells no payloads, the amount is: it moved by exactly ours, or not at all.
fn executed<'a>(payment: &Payment, pending: &Cancellation, paid: &'a Paid) -> Executed<'a> {
    let ours = pending.id.to_string();
    let payload = |action: &&CancelAction| action.payload.as_deref() == Some(ours.as_str());
    if let Some(action) = paid.cancels.iter().find(payload) {
        return Executed::Yes(Some(action));
    }
    let known = payment.state.canceled().total;
    let with_ours = known.checked_add(pending.amount.total);
    if paid.canceled.total <= known || paid.tells_payloads {
        Executed::No
    } else if Some(paid.canceled.total) == with_ours {
        Executed::Yes(None)
    } else {
        Executed::Unclear
    }
}

/// KakaoPay has not executed it. Believed once no call can still take effect; then it is called
/// again, or it has failed since what is left no longer allows it.
fn not_executed(
    payment: &Payment,
    held: Amount,
    asked_at: Timestamp,
    context: Context,
) -> Decision {
    let now = context.now;
    let Some(pending) = payment.pending() else {
        return Decision::Wait(None);
    };
    let CancellationState::Pending {
        calls,
        ref refused,
        ref turned_away,
    } = pending.state
    else {
        return Decision::Wait(None);
    };
    if held.total > payment.state.canceled().total {
        // Somebody else has canceled, on what we believed to be left: so no call of ours, which
        // says what is left, was or will be executed.
        let failure = refused.clone().unwrap_or_else(|| Failure {
            code: "overtaken".to_owned(),
            message: "The payment was canceled outside danpay meanwhile.".to_owned(),
            message_ko: "그 사이에 다른 곳에서 취소되었습니다.".to_owned(),
            kakaopay: None,
        });
        return went_back::book_canceled(
            payment,
            held,
            Some(went_back::failed(pending, failure)),
            context,
        );
    }
    let settle_at = calls.settle_at();
    if asked_at < settle_at && !planted!(UncanceledBelievedAtOnce) {
        return Decision::Wait(Some(settle_at));
    }
    if let Some(failure) = refused {
        return has_failed(payment, pending, failure.clone(), context);
    }
    if is_hopeless(payment, now) {
        return give_up(payment, context);
    }
    if now.duration_since(pending.requested_at) >= timing::REVIEW_AFTER {
        return review::ask(payment, Review::CancellationNotExecuted, context);
    }
    if cancel::in_the_way(&context).is_some() {
        let next = timing::next_look(pending.requested_at, now, context.jitter);
        return Decision::Wait(Some(next));
    }
    let state = CancellationState::Pending {
        calls: calls.and_one(now),
        refused: None,
        turned_away: turned_away.clone(),
    };
    Draft::of(
        payment,
        payment.state.clone(),
        EventKind::CancellationRepeated,
    )
    .cancellation(Cancellation {
        state,
        ..pending.clone()
    })
    .check_at(Some(timing::after(now, timing::CALL_SETTLES)))
    .call(Call::Cancel(pending.id))
    .commit(context)
}

/// For a day every call has done nothing: it would hold up other refunds for ever.
pub(super) fn is_hopeless(payment: &Payment, now: Timestamp) -> bool {
    payment.pending().is_some_and(|pending| {
        let is_idle =
            matches!(pending.state, CancellationState::Pending { calls, .. } if calls.are_none());
        is_idle && now.duration_since(pending.requested_at) >= timing::REVIEW_AFTER
    })
}

/// It has failed, and nothing went back.
pub(super) fn give_up(payment: &Payment, context: Context) -> Decision {
    let Some(pending) = payment.pending() else {
        return Decision::Wait(None);
    };
    let turned_away = match &pending.state {
        CancellationState::Pending { turned_away, .. } => turned_away.clone(),
        _ => None,
    };
    let failure = turned_away.unwrap_or_else(|| Failure {
        code: "kakaopay_unreachable".to_owned(),
        message: "KakaoPay could not be reached for 24 hours.".to_owned(),
        message_ko: "24시간 동안 카카오페이에 연결할 수 없었습니다.".to_owned(),
        kakaopay: None,
    });
    has_failed(payment, pending, failure, context)
}

/// Nothing of it went back, and nothing will.
fn has_failed(
    payment: &Payment,
    pending: &Cancellation,
    failure: Failure,
    context: Context,
) -> Decision {
    let (state, kind) = (payment.state.clone(), EventKind::CancellationFailed);
    Draft::of(payment, state, kind)
        .cancellation(went_back::failed(pending, failure))
        .commit(context)
}
