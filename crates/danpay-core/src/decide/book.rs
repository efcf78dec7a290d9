//! KakaoPay says that it is paid: into the books with it.

use jiff::Timestamp;

use crate::command::{Context, Paid};
use crate::erase::ERASED;
use crate::event::EventKind;
use crate::payment::{Approval, Payment};
use crate::review::{AnswerField, Review};

use super::order_claim::other;
use super::{Decision, Draft, reconcile, review, went_back};

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
        return review::ask(payment, contradiction, context);
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
    let (state, kind) = went_back::paid_state(approval, canceled);
    let kind = match kind {
        _ if corrected_from.is_some() => EventKind::Corrected,
        // That money moved is the greater news.
        EventKind::PartiallyCanceled => EventKind::Approved,
        kind => kind,
    };
    let reason = second_charge_of.map(|first| Review::SecondCharge { first });
    went_back::outside(canceled, &context)
        .into_iter()
        .fold(
            Draft::of(payment, state, kind).review(reason),
            Draft::cancellation,
        )
        .commit(context)
}

/// What the answer says otherwise than the payment, if anything.
fn contradiction(payment: &Payment, paid: &Paid) -> Option<Review> {
    let order = &payment.order;
    let (asked, total) = (order.amount.total, paid.approval.amount.total);
    let field = if paid.tid != payment.tid {
        AnswerField::Tid
    } else if paid.cid != payment.cid {
        AnswerField::Cid
    } else if paid.order_id != order.order_id.as_str() {
        AnswerField::PartnerOrderId
    } else if ![paid.user_id.as_str(), ERASED].contains(&order.user_id.as_str()) {
        AnswerField::PartnerUserId
    } else {
        let another = Review::PaidAnotherAmount { asked, paid: total };
        return (total != asked).then_some(another);
    };
    Some(Review::PaidOtherwise { field })
}
