//! An order lookup has ended: what it settles.
//!
//! **Invariant**: "not paid" is believed only when KakaoPay was asked after every call to approve
//! had taken effect or could no more.

use jiff::Timestamp;

use crate::command::{Context, LookedUp, Lookup, Obstacle};
use crate::event::EventKind;
use crate::order::ApprovalMode;
use crate::payment::{Payment, State};
use crate::timing;

use super::book::{book, opened_doubt_at, review};
use super::{Call, Decision, Draft, claim, expiry, reconcile, settle_approve};

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
        _ => verified(payment, asked_at, context),
    }
}

/// No call took effect: another one. A TID can be approved once, so it is safe: KakaoPay answers
/// -702 to it if the first one went through after all.
fn repeat(payment: &Payment, context: Context) -> Decision {
    let State::Approving {
        since,
        calls_in_doubt,
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
        last_call_at: now,
        calls_in_doubt: calls_in_doubt.saturating_add(1),
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
        _ => verified(payment, asked_at, context),
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
        State::Approving {
            calls_in_doubt: 0, ..
        } if asked_at >= expiry(payment) => Draft::of(payment, expired, EventKind::Expired)
            .review(None)
            .commit(context),
        State::Approving { .. } if asked_at >= expiry(payment) => {
            let reason = "KakaoPay does not know the TID; were the key or the CID changed?";
            review(payment, reason.to_owned(), context)
        }
        _ if payment.status().is_settled() && asked_at >= expiry(payment) => {
            verified(payment, asked_at, context)
        }
        _ => wait(payment, context),
    }
}

/// Nothing was learned.
fn wait(payment: &Payment, context: Context) -> Decision {
    if reconcile::is_hopeless(payment, context.now) {
        return reconcile::give_up(payment, context);
    }
    let since = opened_doubt_at(payment);
    let unresolved = context.now.duration_since(since) >= timing::REVIEW_AFTER;
    match payment.state {
        State::Approving { .. } if unresolved && payment.review.is_none() => {
            let reason = "for 24 hours KakaoPay has not said whether it was paid";
            review(payment, reason.to_owned(), context)
        }
        _ if unresolved && payment.pending().is_some() && payment.review.is_none() => {
            let reason = "for 24 hours KakaoPay has not said whether it was canceled";
            review(payment, reason.to_owned(), context)
        }
        State::Approved { .. } | State::PartiallyCanceled { .. } | State::Canceled { .. }
            if payment.pending().is_none() =>
        {
            Decision::Wait(None)
        }
        State::Authenticated { since, returns } if !payment.waits_for_shop() => {
            Decision::Wait(Some(claim::look(payment, (since, returns), &context)))
        }
        // Nothing is in doubt before the time is over.
        State::Ready { .. } | State::Authenticated { .. } if context.now < payment.expires_at => {
            Decision::Wait(Some(expiry(payment)))
        }
        _ => {
            let is_in_doubt =
                matches!(payment.state, State::Approving { .. }) || payment.pending().is_some();
            let next_look = if is_in_doubt {
                timing::next_look_in_doubt
            } else {
                timing::next_look
            };
            Decision::Wait(Some(next_look(since, context.now, context.jitter)))
        }
    }
}

/// It has no money, and KakaoPay agrees: for good, once nothing can move any longer. Of a payment that
/// is paid in our database, it is a stale answer that says nothing.
fn verified(payment: &Payment, asked_at: Timestamp, context: Context) -> Decision {
    if payment.state.approval().is_some() {
        return wait(payment, context);
    }
    let expiry = expiry(payment);
    Decision::Wait((asked_at < expiry).then_some(expiry))
}

/// From when on "not paid" means that no call of ours to approve will change it.
fn calls_settle_at(payment: &Payment) -> Timestamp {
    match payment.state {
        State::Approving {
            last_call_at,
            calls_in_doubt,
            ..
        } if calls_in_doubt > 0 && !planted!(UnpaidBelievedAtOnce) => {
            let settle_at = timing::after(last_call_at, timing::CALL_SETTLES);
            if planted!(ExpiryWithoutMargin) {
                return settle_at.min(payment.expires_at);
            }
            settle_at
        }
        _ => Timestamp::MIN,
    }
}
