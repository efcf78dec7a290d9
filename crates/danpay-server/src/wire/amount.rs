//! An amount with its split, in whole KRW.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Amount {
    total: i64,
    tax_free: i64,
    vat: i64,
    point: i64,
    discount: i64,
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
