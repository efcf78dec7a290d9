//! Money: whole won, as KakaoPay states it in its answers.
//! Invariant: every number is KRW without decimals; nothing here is computed from an answer, the
//! parts are reported as KakaoPay gave them.

use serde::{Deserialize, Serialize};

use crate::{
    field::{InvalidField, check_range},
    lenient,
};

/// An amount of money with its parts, in whole KRW.
///
/// KakaoPay's documentation does not say whether `point` and `discount` are inside `total`; in
/// every real answer seen `total` was the amount asked for. A part that is absent reads as 0:
/// `green_deposit` is missing in answers before 2023.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amount {
    /// The whole amount; the one part without which this is no amount.
    #[serde(deserialize_with = "lenient::number")]
    pub total: u64,
    /// The part that bears no tax.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub tax_free: u64,
    /// Value added tax.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub vat: u64,
    /// KakaoPay points used.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub point: u64,
    /// Discount by KakaoPay or the card issuer.
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub discount: u64,
    /// Deposit for a cup (컵 보증금).
    #[serde(default, deserialize_with = "lenient::number_or_zero")]
    pub green_deposit: u64,
}

/// The VAT that KakaoPay computes when a request states none: an eleventh of what bears tax,
/// rounded to the nearest won, as KakaoPay's documentation says. (An eleventh never ends in
/// exactly one half.) A `tax_free` above `total` leaves nothing to tax.
///
/// ```
/// assert_eq!(kakaopay::vat(2_200, 0), 200);
/// assert_eq!(kakaopay::vat(2_000, 0), 182);
/// assert_eq!(kakaopay::vat(2_200, 2_200), 0);
/// ```
pub const fn vat(total: u64, tax_free: u64) -> u64 {
    let taxable = total.saturating_sub(tax_free);
    let down = taxable / 11;
    if taxable % 11 >= 6 { down + 1 } else { down }
}

/// What holds for an amount and its parts in every request.
pub(crate) fn check_amounts(
    total: (&'static str, u64),
    tax_free: (&'static str, u64),
    vat: (&'static str, Option<u64>),
) -> Result<(), InvalidField> {
    check_range(total.0, total.1, 1, u64::MAX)?;
    check_range(tax_free.0, tax_free.1, 0, total.1)?;
    let taxed = total.1.saturating_sub(tax_free.1);
    check_range(vat.0, vat.1.unwrap_or_default(), 0, taxed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vat_is_what_real_answers_say() {
        for (total, expected) in [
            (2_000, 182),
            (2_200, 200),
            (1_100_000, 100_000),
            (1_100, 100),
        ] {
            assert_eq!(vat(total, 0), expected, "{total}");
        }
        for (total, tax_free, expected) in [(0, 0, 0), (5, 0, 0), (6, 0, 1), (2_200, 1_100, 100)] {
            assert_eq!(vat(total, tax_free), expected, "{total} {tax_free}");
        }
    }

    proptest! {
        #[test]
        fn vat_is_the_nearest_whole_eleventh(total: u64, tax_free: u64) {
            let taxable = u128::from(total.saturating_sub(tax_free));
            let elevenfold = u128::from(vat(total, tax_free)) * 11;
            prop_assert!(elevenfold.abs_diff(taxable) <= 5);
        }
    }

    #[test]
    fn parts_are_read_from_numbers_strings_null_and_nothing() {
        let json = r#"{"total":"2200","tax_free":null,"vat":200,"point":"0","new":{"a":1}}"#;
        let amount: Amount = serde_json::from_str(json).unwrap();
        assert_eq!(
            amount,
            Amount {
                total: 2_200,
                vat: 200,
                ..Amount::default()
            }
        );
    }

    #[test]
    fn an_amount_that_is_no_whole_number_is_not_guessed() {
        for total in ["\"abc\"", "-1", "1.5", "true", "\"\"", "{}", "null"] {
            let json = format!("{{\"total\":{total}}}");
            assert!(serde_json::from_str::<Amount>(&json).is_err(), "{total}");
        }
    }
}
