//! A person is asked to look.

use jiff::Timestamp;

use crate::command::Context;
use crate::event::EventKind;
use crate::payment::{Payment, State};
use crate::review::Review;
use crate::timing;

use super::{Decision, Draft};

/// Asks for an operator, once; the payment stays as it is and is looked at again later.
pub(super) fn ask(payment: &Payment, reason: Review, context: Context) -> Decision {
    let next_check = Some(timing::next_look(
        opened_doubt_at(payment),
        context.now,
        context.jitter,
    ));
    if payment.review.as_ref() == Some(&reason) {
        return Decision::Wait(next_check);
    }
    Draft::of(payment, payment.state.clone(), EventKind::ReviewRequested)
        .review(Some(reason))
        .check_at(next_check)
        .commit(context)
}

/// Since when we do not know how it stands.
pub(super) fn opened_doubt_at(payment: &Payment) -> Timestamp {
    match (&payment.state, payment.pending()) {
        (State::Approving { since, .. }, _) => *since,
        (_, Some(pending)) => pending.requested_at,
        (State::Quit { at } | State::Failed { at, .. } | State::Expired { at }, _) => *at,
        _ => payment.expires_at,
    }
}
