//! A call to approve has ended: what its answer settles.

use crate::command::{ApproveAnswer, Context};
use crate::event::EventKind;
use crate::payment::{Payment, Refused, Returns, State};
use crate::timing;

use super::book::book;
use super::{Decision, Draft, refuse};

pub(super) fn settle_approve(
    payment: &Payment,
    answer: ApproveAnswer,
    context: Context,
) -> Decision {
    if payment.state.approval().is_some() {
        // A lookup was quicker, and knows more: an approval's answer tells of no cancellation.
        return refuse(payment);
    }
    if let ApproveAnswer::Paid(paid) = answer {
        return book(payment, *paid, context.now, context);
    }
    let State::Approving {
        since,
        calls,
        refused: ref before,
        returns,
    } = payment.state
    else {
        // Somebody else has settled it meanwhile, and an answer without money adds nothing.
        return refuse(payment);
    };
    let others = calls.but_one();
    let (no, calls, kind) = match answer {
        ApproveAnswer::Unknown if planted!(TimeoutIsFailure) => {
            return refused(payment, Refused::Expired, context);
        }
        ApproveAnswer::Unknown if planted!(TimeoutIsNotSent) => {
            (before.clone(), others, EventKind::ApprovalNotSent)
        }
        ApproveAnswer::Unknown | ApproveAnswer::Paid(_) => {
            (before.clone(), calls, EventKind::ApprovalUnknown)
        }
        ApproveAnswer::NotSent => (before.clone(), others, EventKind::ApprovalNotSent),
        ApproveAnswer::Refused(no) if planted!(RefusalBelievedInDoubt) => {
            return refused(payment, no, context);
        }
        // Of a call that came twice on its way we hear the second answer: that its token is of no use
        // any more, or that the time is over, may be said because the first has taken the money.
        ApproveAnswer::Refused(no @ (Refused::WrongToken | Refused::Expired))
            if !planted!(WrongTokenBelievedAtOnce) =>
        {
            (Some(no), calls, EventKind::ApprovalUnknown)
        }
        ApproveAnswer::Refused(no) if others.are_none() => return refused(payment, no, context),
        // A definite no to this call says nothing of another call that may have been approved:
        // its token may even be refused just because the other one has used it.
        ApproveAnswer::Refused(no) => (Some(no), others, EventKind::ApprovalUnknown),
    };
    let still = State::Approving {
        since,
        calls,
        refused: no,
        returns,
    };
    Draft::of(payment, still, kind)
        .check_at(Some(timing::after(context.now, timing::FIRST_LOOK)))
        .commit(context)
}

/// KakaoPay's no, once it is believed.
pub(super) fn refused(payment: &Payment, no: Refused, context: Context) -> Decision {
    let at = context.now;
    let (state, kind) = match no {
        Refused::WrongToken if payment.further_pg_token.is_some() && at < payment.expires_at => {
            return other_token(payment, context);
        }
        Refused::WrongToken => {
            let returns = match payment.state {
                State::Approving { returns, .. } => returns,
                _ => Returns::default(),
            };
            (State::Ready { returns }, EventKind::Reopened)
        }
        Refused::Expired => (State::Expired { at }, EventKind::Expired),
        Refused::Rejected { failure } => (State::Failed { failure, at }, EventKind::Failed),
    };
    // Looked up soon, and once more when nothing can move any longer: our reading of a refusal may
    // be wrong, KakaoPay's ledger is not.
    Draft::of(payment, state, kind)
        .check_at(Some(timing::after(context.now, timing::FIRST_LOOK)))
        .commit(context)
}

/// The token was not the payer's, and another one was brought meanwhile: recovery calls with it, once
/// a lookup says that it is not paid.
fn other_token(payment: &Payment, context: Context) -> Decision {
    let mut state = payment.state.clone();
    if let State::Approving { calls, refused, .. } = &mut state {
        (calls.count, *refused) = (0, None);
    }
    Draft::of(payment, state, EventKind::OtherToken)
        .tokens((payment.further_pg_token.clone(), None))
        .check_at(Some(timing::after(context.now, timing::FIRST_LOOK)))
        .commit(context)
}
