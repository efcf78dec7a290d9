//! How much of a payment a cancellation gives back, in all six parts.
//! Invariant: the parts of all cancellations add up to the payment's, to the won.

use super::amount::{Amount, default_vat};
use super::payment::Payment;
use super::{Cancel, Refused};

/// How many cancellations of one payment are kept, so that no payment grows without end (ours).
pub(super) const CANCELLATIONS_MAX: usize = 1_000;

/// What this cancellation would give back, if the payment's state and its split allow it.
pub(super) fn cancellable_part(payment: &Payment, ask: &Cancel) -> Result<Amount, Refused> {
    let left = payment.cancel_available();
    if left.total == 0 {
        return Err(Refused::NotCancelable);
    }
    if ask
        .available
        .is_some_and(|available| available != left.total)
    {
        return Err(Refused::AvailableDiffers);
    }
    if ask.amount > left.total {
        return Err(Refused::AboveAvailable);
    }
    let made = payment.paid().map_or(0, |paid| paid.cancellations.len());
    if made >= CANCELLATIONS_MAX {
        return Err(Refused::TooManyCancellations);
    }
    let whole_rest = ask.amount == left.total;
    if left.green_deposit > 0 && !whole_rest {
        return Err(Refused::DepositNeedsFullCancel);
    }
    let taxed = ask
        .amount
        .checked_sub(ask.tax_free)
        .ok_or(Refused::SplitDoesNotFit)?;
    let taxed_left = left.total.saturating_sub(left.tax_free);
    // The last taxed won takes all VAT that is left: rounding each part alone could otherwise
    // give back a won more or less than was taken.
    let computed = default_vat(taxed, 0).min(left.vat);
    let vat = ask.vat.unwrap_or(if taxed == taxed_left {
        left.vat
    } else {
        computed
    });
    let fits = ask.tax_free <= left.tax_free
        && taxed <= taxed_left
        && vat <= left.vat
        && (!whole_rest || vat == left.vat);
    if !fits {
        return Err(Refused::SplitDoesNotFit);
    }
    let (point, discount) = beside_the_method(ask.amount, left);
    Ok(Amount {
        total: ask.amount,
        tax_free: ask.tax_free,
        vat,
        point,
        discount,
        green_deposit: left.green_deposit,
    })
}

/// What the method paid goes back first, then points, then the discount (our guess).
fn beside_the_method(amount: u64, left: Amount) -> (u64, u64) {
    let by_method = left.total - left.point - left.discount;
    let beside = amount.saturating_sub(by_method);
    let point = beside.min(left.point);
    (point, beside - point)
}
