//! A call to approve has ended: what its answer settles.

use crate::command::{ApproveAnswer, Context};
use crate::event::EventKind;
use crate::payment::{Payment, State};
use crate::timing;

use super::book::book;
use super::{Decision, Draft, refuse};

pub(super) fn settle(payment: &Payment, answer: ApproveAnswer, context: Context) -> Decision {
    if payment.state.approval().is_some() {
        // A lookup was quicker, and knows more: an approval's answer tells of no cancellation.
        return refuse(payment);
    }
    if let ApproveAnswer::Paid(paid) = answer {
        return book(payment, *paid, context.now, context);
    }
    let State::Approving {
        since,
        last_call_at,
        calls_in_doubt,
    } = payment.state
    else {
        // Somebody else has settled it meanwhile, and an answer without money adds nothing.
        return refuse(payment);
    };
    let still = |calls_in_doubt| State::Approving {
        since,
        last_call_at,
        calls_in_doubt,
    };
    let others = calls_in_doubt.saturating_sub(1);
    let soon = Some(context.now + timing::FIRST_LOOK);

    let end = match answer {
        ApproveAnswer::Unknown if planted!(TimeoutIsFailure) => {
            (State::Expired { at: context.now }, EventKind::Expired)
        }
        ApproveAnswer::Unknown if planted!(TimeoutIsNotSent) => {
            return Draft::of(payment, still(others), EventKind::ApprovalNotSent)
                .check_at(soon)
                .commit(context);
        }
        ApproveAnswer::Unknown | ApproveAnswer::Paid(_) => {
            return Draft::of(payment, still(calls_in_doubt), EventKind::ApprovalUnknown)
                .check_at(soon)
                .commit(context);
        }
        ApproveAnswer::NotSent => {
            return Draft::of(payment, still(others), EventKind::ApprovalNotSent)
                .check_at(soon)
                .commit(context);
        }
        // A definite no to this call says nothing of another call that may have been approved:
        // its token may even be refused just because the other one has used it.
        _ if others > 0 && !planted!(RefusalBelievedInDoubt) => {
            return Draft::of(payment, still(others), EventKind::ApprovalUnknown)
                .check_at(soon)
                .commit(context);
        }
        ApproveAnswer::WrongToken => (State::Ready, EventKind::Reopened),
        ApproveAnswer::Expired => (State::Expired { at: context.now }, EventKind::Expired),
        ApproveAnswer::Rejected(failure) => (
            State::Failed {
                failure,
                at: context.now,
            },
            EventKind::Failed,
        ),
    };
    // Looked up once more when nothing can move any longer: our reading of a refusal may be
    // wrong, KakaoPay's ledger is not.
    Draft::of(payment, end.0, end.1)
        .check_at(Some(payment.expires_at + timing::EXPIRY_MARGIN))
        .commit(context)
}
