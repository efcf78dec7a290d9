//! How much of a payment a cancellation gives back, in all six parts.
//! Invariant: the parts of all cancellations add up to the payment's, to the won.

use std::ops::RangeInclusive;

use super::amount::{Amount, default_vat};
use super::payment::Payment;
use super::{Cancel, Refused};

/// What becomes of a VAT of the merchant's that does not fit, such as 0 in a whole cancellation of
/// a payment that has some. What `KakaoPay` does is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CancelVat {
    /// Refused with -722.
    #[default]
    Strict,
    /// Replaced by the one that fits.
    Lenient,
}

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
    if left.green_deposit > 0 && ask.amount < left.total {
        return Err(Refused::DepositNeedsFullCancel);
    }
    let taxed = ask
        .amount
        .checked_sub(ask.tax_free)
        .ok_or(Refused::SplitDoesNotFit)?;
    let taxed_left = left.total.saturating_sub(left.tax_free);
    if ask.tax_free > left.tax_free || taxed > taxed_left {
        return Err(Refused::SplitDoesNotFit);
    }
    let fitting = fitting_vat(taxed, left);
    let vat = match (ask.vat, ask.vat_rule) {
        (Some(vat), _) if possible_vat(taxed, left).contains(&vat) => vat,
        (Some(_), CancelVat::Strict) => return Err(Refused::SplitDoesNotFit),
        (None, _) | (Some(_), CancelVat::Lenient) => fitting,
    };
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

/// No VAT is above what bears it, neither in what goes back nor in what stays (our guess). So the
/// last taxed won takes all VAT that is left.
fn possible_vat(taxed: u64, left: Amount) -> RangeInclusive<u64> {
    let taxed_left = left.total.saturating_sub(left.tax_free);
    let stays = taxed_left.saturating_sub(taxed);
    left.vat.saturating_sub(stays)..=left.vat.min(taxed)
}

/// KakaoPay's rule, as far as it is possible: rounding each part alone could otherwise give back a
/// won more or less than was taken.
fn fitting_vat(taxed: u64, left: Amount) -> u64 {
    let possible = possible_vat(taxed, left);
    default_vat(taxed, 0)
        .min(*possible.end())
        .max(*possible.start())
}

/// The tax-free part, as near to what was asked for as there is some left, and the VAT beside it
/// that a cancellation of this much can carry.
pub(crate) fn fitting_split(payment: &Payment, amount: u64, tax_free: u64) -> (u64, u64) {
    let left = payment.cancel_available();
    let amount = amount.min(left.total);
    let least = amount.saturating_sub(left.total.saturating_sub(left.tax_free));
    let tax_free = tax_free.max(least).min(left.tax_free).min(amount);
    (tax_free, fitting_vat(amount - tax_free, left))
}

/// What the method paid goes back first, then points, then the discount (our guess).
fn beside_the_method(amount: u64, left: Amount) -> (u64, u64) {
    let by_method = left.total - left.point - left.discount;
    let beside = amount.saturating_sub(by_method);
    let point = beside.min(left.point);
    (point, beside - point)
}
