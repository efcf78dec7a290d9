//! Old payments, without what tells of persons.
//!
//! **Invariant**: the record of the money stays: the shop's number of the order, amounts, times, KakaoPay's
//! numbers, how it was paid and what went back. Nothing is erased of a payment that may still change.

use crate::cancellation::CancellationState;
use crate::failure::Failure;
use crate::metadata::Metadata;
use crate::payment::{Payment, State};
use crate::text::{ItemName, UserId};

/// What stands in the place of a text that was erased.
pub const ERASED: &str = "***";

/// The payment without the shop's number of the payer, the name of what was bought, the addresses to which
/// the payer was sent, metadata, and what was said of refunds and by banks: in all of them a shop, or a
/// bank, may have named a person. Nothing, if it is not at its end, or there is nothing more to erase.
pub fn erase(payment: &Payment) -> Option<Payment> {
    let is_at_its_end =
        payment.status().is_settled() && payment.pending().is_none() && payment.review.is_none();
    if !is_at_its_end {
        return None;
    }
    let mut erased = payment.clone();
    erased.redirect = None;
    let order = &mut erased.order;
    order.user_id = UserId::try_from(ERASED.to_owned()).ok()?;
    order.item_name = ItemName::try_from(ERASED.to_owned()).ok()?;
    order.return_url = None;
    order.metadata = Metadata::default();
    if let State::Failed { failure, .. } = &mut erased.state {
        erase_words(failure);
    }
    for cancellation in &mut erased.cancellations {
        cancellation.reason = None;
        if let CancellationState::Failed { failure } = &mut cancellation.state {
            erase_words(failure);
        }
    }
    (erased != *payment).then_some(erased)
}

/// KakaoPay's and the bank's own words; their codes stay.
fn erase_words(failure: &mut Failure) {
    if let Some(kakaopay) = &mut failure.kakaopay {
        kakaopay.error_message = None;
        kakaopay.method_result_message = None;
    }
}
