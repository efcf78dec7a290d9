//! What the shop asks for: the order that a payment pays.
//!
//! **Invariant**: an [`Order`] is complete and consistent when it exists (total above zero,
//! tax-free and VAT inside the total), and never changes afterwards, but
//! that [`erase`](mod@crate::erase) takes what tells of persons.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

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

/// Where the payer goes when the payment has ended: an absolute `http` or `https` address, without
/// user name or password. It is kept as it is sent, with everything but ASCII percent-encoded, and
/// has at most 2,000 characters in that form: what proxies and browsers take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    const MAX: usize = 2_000;

    /// The address with the payment's id appended to its query. Nothing else is appended: a
    /// result in the address could be forged, so the shop asks the API for it.
    pub fn for_payment(&self, id: crate::id::PaymentId) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut()
            .append_pair("payment_id", &id.to_string());
        url.into()
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = InvalidField;

    fn try_from(text: String) -> Result<Self, InvalidField> {
        crate::text::check("return_url", &text, usize::MAX)?;
        let url = Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| {
                InvalidField::new(
                    "return_url",
                    "must be an absolute http or https URL, such as https://shop.example/orders/1",
                    "https://shop.example/orders/1 같은 http(s) 절대 주소여야 합니다",
                )
            })?;
        let (length, max) = (url.as_str().len(), Self::MAX);
        if length > max {
            return Err(InvalidField::new(
                "return_url",
                format!(
                    "must have at most {max} characters once it is percent-encoded, has {length}"
                ),
                format!("퍼센트 인코딩한 길이가 최대 {max}자여야 하는데 {length}자입니다"),
            ));
        }
        Ok(Self(url))
    }
}

impl From<ReturnUrl> for String {
    fn from(url: ReturnUrl) -> Self {
        url.0.into()
    }
}

impl fmt::Display for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn only_web_addresses_are_returned_to() {
        let read = |text: &str| ReturnUrl::try_from(text.to_owned());
        for bad in [
            "",
            "shop/1",
            "javascript:alert(1)",
            "myshop://x",
            "https://",
            "http://a:b@c/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        // 220 letters of three bytes, each of which becomes nine characters.
        let long = format!("https://shop.example/{}", "가".repeat(220));
        let error = read(&long).unwrap_err().to_string();
        assert!(error.contains("at most 2000"), "{error}");
        let id = crate::id::PaymentId::from_bytes([0; 16]);
        assert_eq!(
            read("https://shop.example/done?order=1#top")
                .unwrap()
                .for_payment(id),
            format!("https://shop.example/done?order=1&payment_id={id}#top"),
        );
    }

    #[test]
    fn an_order_that_was_stored_before_it_could_restrict_anything_stays_as_it_is() {
        let stored = r#"{"order_id":"o","user_id":"u","item_name":"i","item_code":null,"quantity":1,"amount":{"total":2200,"tax_free":0,"vat":200,"point":0,"discount":0,"green_deposit":0},"return_url":null,"approval":"automatic","metadata":{}}"#;
        let order: Order = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&order).unwrap(), stored);
    }

    proptest! {
        #[test]
        fn an_address_that_was_taken_is_read_back_as_it_is_kept(
            path in "[ -~가-힣\\\\]{0,400}", scheme in "https?",
        ) {
            if let Ok(url) = ReturnUrl::try_from(format!("{scheme}://shop.example/{path}")) {
                let kept = String::from(url.clone());
                prop_assert_eq!(ReturnUrl::try_from(kept.clone()), Ok(url.clone()));
                prop_assert!(kept.is_ascii() && kept.len() <= 2_000);
                let id = crate::id::PaymentId::from_bytes([0; 16]);
                prop_assert!(url.for_payment(id).len() <= 2_100);
            }
        }
    }
}
