//! An amount with its split, in whole KRW.

use serde::Serialize;
use utoipa::ToSchema;

/// Whole KRW.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Amount {
    /// The whole amount.
    #[schema(minimum = 0, example = 2200)]
    total: i64,
    /// The part that is free of tax.
    #[schema(minimum = 0)]
    tax_free: i64,
    /// The value added tax inside the total.
    #[schema(minimum = 0)]
    vat: i64,
    /// Paid with the payer's points; known once paid.
    #[schema(minimum = 0)]
    point: i64,
    /// KakaoPay's discount; known once paid.
    #[schema(minimum = 0)]
    discount: i64,
    /// The cup deposit (컵 보증금) inside the total.
    #[schema(minimum = 0)]
    green_deposit: i64,
}

impl From<danpay_core::Amount> for Amount {
    fn from(amount: danpay_core::Amount) -> Self {
        Self {
            total: amount.total.get(),
            tax_free: amount.tax_free.get(),
            vat: amount.vat.get(),
            point: amount.point.get(),
            discount: amount.discount.get(),
            green_deposit: amount.green_deposit.get(),
        }
    }
}
