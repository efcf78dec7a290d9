//! An order lookup has ended: what it settles.
//!
//! **Invariant**: "not paid" is believed only when KakaoPay was asked after every call to approve
//! had taken effect or could no more.

use jiff::Timestamp;

use crate::command::{Context, LookedUp, Lookup, Obstacle};
use crate::event::EventKind;
use crate::order::ApprovalMode;
use crate::payment::{Payment, State};
use crate::review::Review;
use crate::timing;

use super::book::book;
use super::review::opened_doubt_at;
use super::{Call, Decision, Draft, claim, expiry, reconcile, review, settle_approve};

pub(super) fn learn(payment: &Payment, looked_up: LookedUp, context: Context) -> Decision {
    let LookedUp { asked_at, lookup } = looked_up;
    let at = context.now;
    match lookup {
        Lookup::Paid(paid) => book(payment, *paid, asked_at, context),
        Lookup::Unpaid => unpaid(payment, asked_at, context),
        Lookup::Quit => {
            let end = (State::Quit { at }, EventKind::Quit);
            ended(payment, end, asked_at, context)
        }
        Lookup::Failed(failure) => {
            let end = (State::Failed { failure, at }, EventKind::Failed);
            ended(payment, end, asked_at, context)
        }
        Lookup::NotFound => not_found(payment, asked_at, context),
        Lookup::Inconclusive => wait(payment, context),
    }
}

/// Known to KakaoPay and not paid.
fn unpaid(payment: &Payment, asked_at: Timestamp, context: Context) -> Decision {
    let now = context.now;
    let expiry = expiry(payment);
    let expired = State::Expired { at: now };
    match payment.state {
        // Without a call to approve no money can have moved, so our clock may decide alone.
        State::Ready { .. } | State::Authenticated { .. } if asked_at >= payment.expires_at => {
            Draft::of(payment, expired, EventKind::Expired).commit(context)
        }
        State::Authenticated { .. } if payment.order.approval == ApprovalMode::Automatic => {
            claim::resume(payment, context)
        }
        State::Approving { .. } if asked_at < calls_settle_at(payment) => {
            Decision::Wait(Some(calls_settle_at(payment)))
        }
        // No call took effect, so the no to the newest one stands.
        State::Approving {
            refused: Some(ref refused),
            ..
        } => settle_approve::refused(payment, refused.clone(), context),
        State::Approving { .. } if now < payment.expires_at => repeat(payment, context),
        State::Approving { .. } if asked_at < expiry && !planted!(ExpiryWithoutMargin) => {
            Decision::Wait(Some(expiry))
        }
        State::Approving { .. } => Draft::of(payment, expired, EventKind::Expired)
            .review(None)
            .commit(context),
        State::Ready { .. } | State::Authenticated { .. } => Decision::Wait(Some(expiry)),
        State::Approved { .. } | State::PartiallyCanceled { .. } | State::Canceled { .. } => {
            stale(payment, context)
        }
        State::Quit { .. }
        | State::Failed { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. } => verified(payment, asked_at),
    }
}

/// No call took effect: another one. A TID can be approved once, so it is safe: KakaoPay answers
/// -702 to it if the first one went through after all.
fn repeat(payment: &Payment, context: Context) -> Decision {
    let State::Approving {
        since,
        calls,
        returns,
        ..
    } = payment.state
    else {
        return wait(payment, context);
    };
    let now = context.now;
    match context.obstacle {
        None | Some(Obstacle::RefundDay(_)) => {}
        Some(Obstacle::Order(holder)) if holder.is_paid => {
            return claim::already_paid(payment, holder, context);
        }
        Some(_) => return wait(payment, context),
    }
    let state = State::Approving {
        since,
        calls: calls.and_one(now),
        refused: None,
        returns,
    };
    Draft::of(payment, state, EventKind::ApprovalRepeated)
        .check_at(Some(timing::after(now, timing::CALL_SETTLES)))
        .call(Call::Approve)
        .commit(context)
}

/// KakaoPay says that it has ended without money.
fn ended(
    payment: &Payment,
    (state, kind): (State, EventKind),
    asked_at: Timestamp,
    context: Context,
) -> Decision {
    match payment.state {
        State::Approving { .. } if asked_at < calls_settle_at(payment) => {
            Decision::Wait(Some(calls_settle_at(payment)))
        }
        State::Ready { .. } | State::Authenticated { .. } | State::Approving { .. } => {
            let expiry = expiry(payment);
            Draft::of(payment, state, kind)
                .review(None)
                .check_at((asked_at < expiry).then_some(expiry))
                .commit(context)
        }
        State::Approved { .. } | State::PartiallyCanceled { .. } | State::Canceled { .. } => {
            stale(payment, context)
        }
        State::Quit { .. }
        | State::Failed { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. } => verified(payment, asked_at),
    }
}

/// KakaoPay does not know the TID that it gave us itself. Without a call to approve that may have
/// taken effect, no money can have moved. With one, something is wrong (another key or CID, say),
/// and a person decides.
fn not_found(payment: &Payment, asked_at: Timestamp, context: Context) -> Decision {
    let expired = State::Expired { at: context.now };
    match payment.state {
        State::Ready { .. } | State::Authenticated { .. } if asked_at >= payment.expires_at => {
            Draft::of(payment, expired, EventKind::Expired).commit(context)
        }
        State::Approving { calls, .. } if calls.are_none() && asked_at >= expiry(payment) => {
            Draft::of(payment, expired, EventKind::Expired)
                .review(None)
                .commit(context)
        }
        State::Approving { .. } if asked_at >= expiry(payment) => {
            review::ask(payment, Review::UnknownTid, context)
        }
        State::Ready { .. } | State::Authenticated { .. } | State::Approving { .. } => {
            wait(payment, context)
        }
        State::Approved { .. } | State::PartiallyCanceled { .. } | State::Canceled { .. } => {
            stale(payment, context)
        }
        // Before the expiry it may be mistaken.
        State::Quit { .. }
        | State::Failed { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. }
            if asked_at < expiry(payment) =>
        {
            wait(payment, context)
        }
        State::Quit { .. }
        | State::Failed { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. } => verified(payment, asked_at),
    }
}

/// Nothing was learned.
fn wait(payment: &Payment, context: Context) -> Decision {
    if reconcile::is_hopeless(payment, context.now) {
        return reconcile::give_up(payment, context);
    }
    let (now, jitter) = (context.now, context.jitter);
    let since = opened_doubt_at(payment);
    let ask = now.duration_since(since) >= timing::REVIEW_AFTER && payment.review.is_none();
    match payment.state {
        State::Approving { .. } if ask => review::ask(payment, Review::ApprovalUnresolved, context),
        State::Approving { .. } => {
            Decision::Wait(Some(timing::next_look_in_doubt(since, now, jitter)))
        }
        State::Approved { .. } | State::PartiallyCanceled { .. } | State::Canceled { .. } => {
            if payment.pending().is_none() {
                Decision::Wait(None)
            } else if ask {
                review::ask(payment, Review::CancellationUnresolved, context)
            } else {
                Decision::Wait(Some(timing::next_look_in_doubt(since, now, jitter)))
            }
        }
        State::Authenticated { since, returns } if !payment.waits_for_shop() => {
            Decision::Wait(Some(claim::look(payment, (since, returns), &context)))
        }
        // Nothing is in doubt before the time is over.
        State::Ready { .. } | State::Authenticated { .. } if now < payment.expires_at => {
            Decision::Wait(Some(expiry(payment)))
        }
        State::Ready { .. }
        | State::Authenticated { .. }
        | State::Quit { .. }
        | State::Failed { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. } => Decision::Wait(Some(timing::next_look(since, now, jitter))),
    }
}

/// KakaoPay says "not paid" of what is paid in our database: a stale answer, which says nothing.
fn stale(payment: &Payment, context: Context) -> Decision {
    wait(payment, context)
}

/// It has ended without money, and KakaoPay agrees: for good, once nothing can move any longer.
fn verified(payment: &Payment, asked_at: Timestamp) -> Decision {
    let expiry = expiry(payment);
    Decision::Wait((asked_at < expiry).then_some(expiry))
}

/// From when on "not paid" means that no call of ours to approve will change it.
fn calls_settle_at(payment: &Payment) -> Timestamp {
    match payment.state {
        State::Approving { calls, .. } if planted!(ExpiryWithoutMargin) => {
            calls.settle_at().min(payment.expires_at)
        }
        State::Approving { calls, .. } if !planted!(UnpaidBelievedAtOnce) => calls.settle_at(),
        _ => Timestamp::MIN,
    }
}
