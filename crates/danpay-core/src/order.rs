//! What the shop asks for: the order that a payment pays.
//!
//! **Invariant**: an [`Order`] is complete and consistent when it exists (total above zero,
//! tax-free and VAT inside the total), and never changes afterwards, but
//! that [`erase`](mod@crate::erase) takes what tells of persons.

use serde::{Deserialize, Serialize};

use crate::address::{AppUrl, ReturnUrl};
use crate::metadata::Metadata;
use crate::payment_method::{AvailableCards, InstallMonth, PaymentMethod};
use crate::text::{InvalidField, ItemCode, ItemName, OrderId, UserId};
use crate::won::Won;

/// An amount with its split, as KakaoPay keeps it. All in whole KRW.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The whole amount.
    pub total: Won,
    /// The part that is free of tax.
    pub tax_free: Won,
    /// The value added tax inside the total.
    pub vat: Won,
    /// Paid with the payer's points; known once paid.
    pub point: Won,
    /// Discounted by KakaoPay; known once paid.
    pub discount: Won,
    /// The cup deposit (컵 보증금) inside the total.
    pub green_deposit: Won,
}

impl Amount {
    /// The amount that a shop asks for. `vat` must come from the shop or from KakaoPay's rule.
    pub fn asked(total: Won, tax_free: Won, vat: Won, deposit: Won) -> Result<Self, InvalidField> {
        let above_total = |field, part: Won| {
            InvalidField::new(
                field,
                format!("must not be above what is left of amount.total ({total}), is {part}"),
                format!("amount.total({total})에서 남는 금액을 넘을 수 없는데 {part}입니다"),
            )
        };
        if total.is_zero() {
            return Err(InvalidField::new(
                "amount.total",
                "must be above 0",
                "0보다 커야 합니다",
            ));
        }
        let taxed = total
            .checked_sub(tax_free)
            .ok_or_else(|| above_total("amount.tax_free", tax_free))?;
        taxed
            .checked_sub(vat)
            .ok_or_else(|| above_total("amount.vat", vat))?;
        total
            .checked_sub(deposit)
            .ok_or_else(|| above_total("amount.green_deposit", deposit))?;
        let (point, discount) = (Won::ZERO, Won::ZERO);
        Ok(Self {
            total,
            tax_free,
            vat,
            point,
            discount,
            green_deposit: deposit,
        })
    }

    /// What is left of `self` after `taken`; parts that would fall below zero are zero.
    #[must_use]
    pub fn less(self, taken: Self) -> Self {
        let rest = |of: Won, part: Won| of.checked_sub(part).unwrap_or(Won::ZERO);
        Self {
            total: rest(self.total, taken.total),
            tax_free: rest(self.tax_free, taken.tax_free),
            vat: rest(self.vat, taken.vat),
            point: rest(self.point, taken.point),
            discount: rest(self.discount, taken.discount),
            green_deposit: rest(self.green_deposit, taken.green_deposit),
        }
    }
}

/// Who decides that an authenticated payment is approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMode {
    /// danpay approves as soon as the payer is back.
    #[default]
    Automatic,
    /// The shop approves with a call of its own, after checking its stock for example.
    Manual,
}

/// What the shop wants paid, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The shop's order number.
    pub order_id: OrderId,
    /// The shop's number for its member.
    pub user_id: UserId,
    /// What is bought.
    pub item_name: ItemName,
    /// The shop's code for it.
    pub item_code: Option<ItemCode>,
    /// How many, at least 1.
    pub quantity: u32,
    /// What it costs.
    pub amount: Amount,
    /// Where the payer goes afterwards; without it danpay shows the result itself.
    pub return_url: Option<ReturnUrl>,
    /// Who approves.
    pub approval: ApprovalMode,
    /// The shop's own notes.
    pub metadata: Metadata,
    /// The one way in which it may be paid; the payer chooses if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethod>,
    /// The only cards by which it may be paid; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_cards: Option<AvailableCards>,
    /// The instalment that is fixed; the payer chooses if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install_month: Option<InstallMonth>,
    /// The address in the shop's own app that KakaoPay is told to come back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_scheme_url: Option<AppUrl>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn won(amount: i64) -> Won {
        Won::new("amount", amount).unwrap()
    }

    #[test]
    fn a_split_must_fit_into_the_total() {
        let asked = |total, free, vat| Amount::asked(won(total), won(free), won(vat), Won::ZERO);
        assert!(asked(2200, 0, 200).is_ok());
        assert!(asked(2200, 2200, 0).is_ok());
        assert_eq!(asked(0, 0, 0).unwrap_err().field, "amount.total");
        assert_eq!(asked(2200, 2201, 0).unwrap_err().field, "amount.tax_free");
        assert_eq!(asked(2200, 2100, 101).unwrap_err().field, "amount.vat");
    }

    #[test]
    fn an_order_that_was_stored_before_it_could_restrict_anything_stays_as_it_is() {
        let stored = r#"{"order_id":"o","user_id":"u","item_name":"i","item_code":null,"quantity":1,"amount":{"total":2200,"tax_free":0,"vat":200,"point":0,"discount":0,"green_deposit":0},"return_url":null,"approval":"automatic","metadata":{}}"#;
        let order: Order = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&order).unwrap(), stored);
    }
}
