//! Money in whole won, in the six parts that KakaoPay reports.
//! Invariant: parts are only ever added or taken away together.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amount {
    pub(crate) total: u64,
    pub(crate) tax_free: u64,
    pub(crate) vat: u64,
    pub(crate) point: u64,
    pub(crate) discount: u64,
    pub(crate) green_deposit: u64,
}

impl Amount {
    pub(crate) fn plus(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.each(other, u64::saturating_sub)
    }

    fn each(self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        Self {
            total: with(self.total, other.total),
            tax_free: with(self.tax_free, other.tax_free),
            vat: with(self.vat, other.vat),
            point: with(self.point, other.point),
            discount: with(self.discount, other.discount),
            green_deposit: with(self.green_deposit, other.green_deposit),
        }
    }
}

/// KakaoPay's documented default: an eleventh of what is taxed, rounded to the nearest won
/// (a fraction of eleven is never one half).
pub(crate) fn default_vat(total: u64, tax_free: u64) -> u64 {
    total.saturating_sub(tax_free).saturating_add(5) / 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_vat_is_that_of_the_real_logs() {
        assert_eq!(default_vat(2_000, 0), 182);
        assert_eq!(default_vat(2_200, 0), 200);
        assert_eq!(default_vat(1_100_000, 0), 100_000);
        assert_eq!(default_vat(1_100, 0), 100);
    }

    #[test]
    fn the_default_vat_leaves_out_what_is_free_of_tax_and_rounds_to_the_nearest() {
        assert_eq!(default_vat(2_200, 2_200), 0);
        assert_eq!(default_vat(5, 0), 0);
        assert_eq!(default_vat(6, 0), 1);
        assert_eq!(default_vat(16, 0), 1);
        assert_eq!(default_vat(17, 0), 2);
    }
}
