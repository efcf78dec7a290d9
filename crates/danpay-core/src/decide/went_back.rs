//! Money that went back, from a payment that is paid.

use crate::cancellation::{Cancellation, CancellationState};
use crate::command::{CancelAction, Context};
use crate::event::EventKind;
use crate::failure::Failure;
use crate::order::Amount;
use crate::payment::{Approval, Payment, State};

use super::{Decision, Draft, refuse};

/// How a payment stands of which so much went back.
pub(super) fn paid_state(approval: Approval, canceled: Amount) -> (State, EventKind) {
    if canceled.total.is_zero() {
        (State::Approved { approval }, EventKind::Approved)
    } else if canceled.total < approval.amount.total {
        (
            State::PartiallyCanceled { approval, canceled },
            EventKind::PartiallyCanceled,
        )
    } else {
        (State::Canceled { approval, canceled }, EventKind::Canceled)
    }
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
