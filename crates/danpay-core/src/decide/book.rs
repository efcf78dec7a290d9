//! KakaoPay says that it is paid: into the books with it.

use jiff::Timestamp;

use crate::command::{Context, Paid};
use crate::erase::ERASED;
use crate::event::EventKind;
use crate::payment::{Approval, Payment, State};
use crate::timing;

use super::order_claim::other;
use super::{Decision, Draft, cancel, reconcile};

/// Books what KakaoPay holds as paid, from any state, unless the answer is about something else.
pub(super) fn book(
    payment: &Payment,
    paid: Paid,
    asked_at: Timestamp,
    context: Context,
) -> Decision {
    if let Some(contradiction) = contradiction(payment, &paid)
        && !planted!(ContradictionIgnored)
    {
        return review(payment, contradiction, context);
    }
    if payment.status().is_paid() {
        // The first record of the approval is the fuller one and stays.
        return reconcile::reconcile(payment, &paid, asked_at, context);
    }
    // A payment that is still being approved may never have been charged. If it was, its own proof
    // finds this one.
    let second_charge_of = other(&context)
        .filter(|holder| holder.is_paid)
        .map(|holder| holder.payment);
    let canceled = paid.canceled;
    let before = payment.status();
    let corrected_from = before.is_settled().then_some(before);
    let approval = Approval {
        second_charge_of,
        corrected_from,
        ..paid.approval
    };
    let (state, kind) = paid_state(approval, canceled);
    let kind = match kind {
        _ if corrected_from.is_some() => EventKind::Corrected,
        // That money moved is the greater news.
        EventKind::PartiallyCanceled => EventKind::Approved,
        kind => kind,
    };
    let reason = second_charge_of.map(|first| format!("the order was charged before, by {first}"));
    cancel::outside(canceled, &context)
        .into_iter()
        .fold(
            Draft::of(payment, state, kind).review(reason),
            Draft::cancellation,
        )
        .commit(context)
}

pub(super) fn paid_state(approval: Approval, canceled: crate::order::Amount) -> (State, EventKind) {
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

/// What the answer says otherwise than the payment, if anything.
fn contradiction(payment: &Payment, paid: &Paid) -> Option<String> {
    let order = &payment.order;
    let total = paid.approval.amount.total;
    let differing = if paid.tid != payment.tid {
        "tid"
    } else if paid.cid != payment.cid {
        "cid"
    } else if paid.order_id != order.order_id.as_str() {
        "partner_order_id"
    } else if ![paid.user_id.as_str(), ERASED].contains(&order.user_id.as_str()) {
        "partner_user_id"
    } else if total != order.amount.total {
        return Some(format!(
            "KakaoPay says that {total} KRW were paid, and {} KRW were asked for",
            order.amount.total
        ));
    } else {
        return None;
    };
    Some(format!(
        "KakaoPay says that it was paid, with another {differing} than was asked for"
    ))
}

/// Asks for an operator, once; the payment stays as it is and is looked at again later.
pub(super) fn review(payment: &Payment, reason: String, context: Context) -> Decision {
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
