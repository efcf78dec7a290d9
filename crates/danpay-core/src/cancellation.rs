//! A cancellation (결제 취소): money going back to the payer, the whole of it or a part.
//!
//! **Invariant**: at most one cancellation of a payment is pending, and what is pending and done
//! never exceeds what was paid. KakaoPay is called only after the cancellation is committed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calls_in_doubt::CallsInDoubt;
use crate::failure::Failure;
use crate::id::CancellationId;
use crate::order::Amount;
use crate::text::InvalidField;
use crate::won::Won;

/// Why money goes back, in the shop's words: at most 200 characters. Not sent to KakaoPay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    /// The shop's words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidField;

    fn try_from(text: String) -> Result<Self, InvalidField> {
        crate::text::check("reason", &text, 200)?;
        Ok(Self(text))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

/// How much the shop wants to go back. What it leaves out is computed, where that is no guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The amount; all that is left if absent.
    pub total: Option<Won>,
    /// The part of it that was free of tax. Needed for a part of a payment of which some is
    /// free of tax and some is not.
    pub tax_free: Option<Won>,
    /// The VAT inside it; KakaoPay's rule if absent.
    pub vat: Option<Won>,
    /// What the shop believes to be left. If something else is, nothing goes back.
    pub expected_left: Option<Won>,
}

/// One cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Ours; KakaoPay keeps it as the `payload`.
    pub id: CancellationId,
    /// How much; `point` and `discount` are known once it is done.
    pub amount: Amount,
    /// The shop's reason.
    pub reason: Option<Reason>,
    /// When it was asked for or, if made outside danpay, found.
    pub requested_at: Timestamp,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CancellationState,
}

/// Where a cancellation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum CancellationState {
    /// Committed; the outcome is not yet known. Only KakaoPay's answer ends it.
    Pending {
        /// Its calls to cancel.
        #[serde(flatten)]
        calls: CallsInDoubt,
        /// Why KakaoPay refused the newest call, if for the amount that is left there or while
        /// another call was in doubt. Believed once a lookup says that no call of ours was
        /// executed and none can still be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Failure>,
        /// Why the newest call did nothing, if KakaoPay turned it away for our own key, merchant code
        /// or address. It is called again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turned_away: Option<Failure>,
    },
    /// The money went back.
    Done {
        /// KakaoPay's number of the cancellation; a lookup may not tell it.
        aid: Option<String>,
        /// KakaoPay's time of it, UTC.
        canceled_at: Option<Timestamp>,
        /// Not asked of danpay: made on KakaoPay's partner site, for example.
        outside: bool,
    },
    /// KakaoPay said no.
    Failed {
        /// Its reason.
        failure: Failure,
    },
}

impl CancellationState {
    /// The word that the store uses.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Cancellation {
    /// Whether its outcome is not yet known.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, CancellationState::Pending { .. })
    }
}

/// The amount of a cancellation of what is `left` of a payment, split to the won.
///
/// Whatever is split off, the rest stays a split that fits: the parts of any series of
/// cancellations add up to the whole, for the total, the tax-free part and the VAT.
pub fn split(wanted: Wanted, left: Amount) -> Result<Amount, InvalidField> {
    let total = wanted.total.unwrap_or(left.total);
    if total.is_zero() {
        return Err(InvalidField::new(
            "amount.total",
            "must be above 0",
            "0보다 커야 합니다",
        ));
    }
    let rest = left
        .total
        .checked_sub(total)
        .ok_or_else(|| above("amount.total", left.total))?;
    let tax_free = match wanted.tax_free {
        Some(tax_free) => tax_free,
        None if rest.is_zero() => left.tax_free,
        None if left.tax_free.is_zero() => Won::ZERO,
        None if left.tax_free == left.total => total,
        None => {
            return Err(InvalidField::new(
                "amount.tax_free",
                "is needed: some of this payment is free of tax and some is not",
                "과세와 비과세가 섞인 결제의 부분 취소에는 반드시 필요합니다",
            ));
        }
    };
    let taxed = total
        .checked_sub(tax_free)
        .ok_or_else(|| above("amount.tax_free", total))?;
    let rest_tax_free = left
        .tax_free
        .checked_sub(tax_free)
        .ok_or_else(|| above("amount.tax_free", left.tax_free))?;
    let rest_taxed = rest.checked_sub(rest_tax_free).ok_or_else(|| {
        let least = left.tax_free.checked_sub(rest).unwrap_or(Won::ZERO);
        below("amount.tax_free", least)
    })?;
    // What stays must still have room for the VAT that stays.
    let least = left.vat.checked_sub(rest_taxed).unwrap_or(Won::ZERO);
    let most = left.vat.min(taxed);
    let vat = match wanted.vat {
        Some(vat) if vat > most => return Err(above("amount.vat", most)),
        Some(vat) if vat < least => return Err(below("amount.vat", least)),
        Some(vat) => vat,
        None if rest.is_zero() => left.vat,
        None => rule(taxed).clamp(least, most),
    };
    let green_deposit = if rest.is_zero() {
        left.green_deposit
    } else {
        Won::ZERO
    };
    Ok(Amount {
        total,
        tax_free,
        vat,
        green_deposit,
        ..Amount::default()
    })
}

/// KakaoPay's documented rule: an eleventh of what is taxed, rounded to the nearest won.
fn rule(taxed: Won) -> Won {
    // A quotient by 11 never ends in a half, so adding 5 before the division rounds.
    let vat = Won::new("amount.vat", (taxed.get() + 5) / 11);
    vat.unwrap_or(Won::ZERO)
}

fn above(field: &'static str, most: Won) -> InvalidField {
    InvalidField::new(
        field,
        format!("must be at most {most}, which is what is left"),
        format!("남은 금액인 {most} 이하여야 합니다"),
    )
}

fn below(field: &'static str, least: Won) -> InvalidField {
    InvalidField::new(
        field,
        format!("must be at least {least}, or what is left would not fit together"),
        format!("{least} 이상이어야 남은 금액이 맞아떨어집니다"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn won(amount: i64) -> Won {
        Won::new("amount", amount).unwrap()
    }

    fn part(total: i64) -> Wanted {
        Wanted {
            total: Some(won(total)),
            ..ALL
        }
    }

    fn paid(total: i64, tax_free: i64, vat: i64) -> Amount {
        Amount::asked(won(total), won(tax_free), won(vat), Won::ZERO).unwrap()
    }

    const ALL: Wanted = Wanted {
        total: None,
        tax_free: None,
        vat: None,
        expected_left: None,
    };

    #[test]
    fn the_vat_of_a_part_is_kakaopays() {
        // Seen in a real log: 1,100 of 2,200 had a VAT of 100.
        assert_eq!(split(part(1100), paid(2200, 0, 200)).unwrap().vat, won(100));
        assert_eq!(split(ALL, paid(2200, 0, 200)).unwrap(), paid(2200, 0, 200));
    }

    #[test]
    fn a_part_of_a_mixed_payment_needs_its_tax_free_part() {
        let left = paid(3300, 1100, 200);
        assert_eq!(
            split(part(1000), left).unwrap_err().field,
            "amount.tax_free"
        );
        assert_eq!(split(ALL, left).unwrap(), left);
        let free = Wanted {
            tax_free: Some(won(1000)),
            ..part(1000)
        };
        assert_eq!(split(free, left).unwrap().vat, Won::ZERO);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let left = paid(3300, 1100, 200);
        let with = |total, tax_free, vat: Option<i64>| {
            let wanted = Wanted {
                tax_free: Some(won(tax_free)),
                vat: vat.map(won),
                ..part(total)
            };
            split(wanted, left).unwrap_err().to_string()
        };
        assert!(with(3301, 0, None).starts_with("amount.total must be at most 3300"));
        assert!(with(0, 0, None).starts_with("amount.total must be above 0"));
        assert!(with(2000, 1101, None).starts_with("amount.tax_free must be at most 1100"));
        assert!(with(3000, 0, None).starts_with("amount.tax_free must be at least 800"));
        assert!(with(1100, 0, Some(201)).starts_with("amount.vat must be at most 200"));
        assert!(with(3300, 1100, Some(199)).starts_with("amount.vat must be at least 200"));
    }

    proptest! {
        #[test]
        fn the_parts_of_any_series_add_up_to_the_whole(
            total in 1_i64..1_000_000,
            tax_free in 0_i64..1_000_000,
            vat in 0_i64..1_000_000,
            cuts in prop::collection::vec((1_i64..400_000, 0_i64..400_000), 0..8),
        ) {
            let tax_free = tax_free.min(total);
            let whole = paid(total, tax_free, vat.min(total - tax_free));
            let mut left = whole;
            let mut sums = (0, 0, 0);
            let last = (left.total.get(), left.tax_free.get());
            for (total, tax_free) in cuts.into_iter().chain([last]) {
                let total = total.min(left.total.get());
                if total == 0 { break; }
                let least = (left.tax_free.get() - (left.total.get() - total)).max(0);
                let tax_free = tax_free.clamp(least, left.tax_free.get().min(total));
                let wanted = Wanted { tax_free: Some(won(tax_free)), ..part(total) };
                let part = split(wanted, left).unwrap();
                prop_assert!(part.tax_free.get() + part.vat.get() <= part.total.get());
                left = left.less(part);
                prop_assert!(left.tax_free.get() + left.vat.get() <= left.total.get());
                sums.0 += part.total.get();
                sums.1 += part.tax_free.get();
                sums.2 += part.vat.get();
            }
            prop_assert_eq!(sums.0 + left.total.get(), whole.total.get());
            prop_assert_eq!(sums.1 + left.tax_free.get(), whole.tax_free.get());
            prop_assert_eq!(sums.2 + left.vat.get(), whole.vat.get());
            if left.total.is_zero() {
                prop_assert_eq!(left, Amount::default());
            }
        }
    }
}
