//! What is to be paid.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Approval, PaymentMethod};

/// An order that is to be paid. danpay checks it, and names each field that is wrong
/// ([`Problem::errors`](crate::Problem::errors)).
///
/// ```
/// use danpay_client::NewPayment;
///
/// let new = NewPayment::new("order-1001", "member-42", "초코파이 외 1건", 2_200)
///     .return_url("https://shop.example/orders/1001")
///     .metadata("coupon", "가을");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct NewPayment {
    order_id: String,
    user_id: String,
    item_name: String,
    amount: NewAmount,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_type: Option<PaymentMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_cards: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    install_month: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_scheme_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct NewAmount {
    total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_free: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    green_deposit: Option<i64>,
}

impl NewPayment {
    /// Your order number, your number for the member (no personal data: KakaoPay forbids it), what the
    /// payer reads, and the total in KRW.
    pub fn new(
        order_id: impl Into<String>,
        user_id: impl Into<String>,
        item_name: impl Into<String>,
        total: i64,
    ) -> Self {
        Self {
            order_id: order_id.into(),
            user_id: user_id.into(),
            item_name: item_name.into(),
            amount: NewAmount {
                total,
                tax_free: None,
                vat: None,
                green_deposit: None,
            },
            item_code: None,
            quantity: None,
            return_url: None,
            approval: None,
            metadata: BTreeMap::new(),
            payment_method_type: None,
            available_cards: None,
            cid: None,
            install_month: None,
            redirect_scheme_url: None,
        }
    }

    /// The part of the total that is free of tax; 0 if it is not set.
    pub fn tax_free(mut self, won: i64) -> Self {
        self.amount.tax_free = Some(won);
        self
    }

    /// The value added tax inside the total; `(total - tax_free) / 11`, rounded, if it is not set.
    pub fn vat(mut self, won: i64) -> Self {
        self.amount.vat = Some(won);
        self
    }

    /// The cup deposit (컵 보증금) inside the total.
    pub fn green_deposit(mut self, won: i64) -> Self {
        self.amount.green_deposit = Some(won);
        self
    }

    /// Your code of the item, at most 100 characters.
    pub fn item_code(mut self, code: impl Into<String>) -> Self {
        self.item_code = Some(code.into());
        self
    }

    /// For display: the total is not multiplied by it. 1 if it is not set.
    pub fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Where the payer goes afterwards. Its query then has `payment_id` and nothing that may be believed:
    /// ask [`Danpay::payment`](crate::Danpay::payment). Without it danpay shows the result.
    pub fn return_url(mut self, url: impl Into<String>) -> Self {
        self.return_url = Some(url.into());
        self
    }

    /// The payment waits for your [`approve`](crate::Danpay::approve) when the payer is back.
    pub fn approve_manually(mut self) -> Self {
        self.approval = Some(Approval::Manual);
        self
    }

    /// A text of yours, under a name of yours; up to 20.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// The payer can pay in this way only.
    pub fn payment_method(mut self, method: PaymentMethod) -> Self {
        self.payment_method_type = Some(method);
        self
    }

    /// The payer can pay with cards of these issuers only, in KakaoPay's codes. KakaoPay takes it from
    /// shops that have agreed on it.
    pub fn available_cards<I>(mut self, issuers: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.available_cards = Some(issuers.into_iter().map(Into::into).collect());
        self
    }

    /// Which of your contracts with KakaoPay it is paid by; the usual one if it is not set.
    pub fn cid(mut self, cid: impl Into<String>) -> Self {
        self.cid = Some(cid.into());
        self
    }

    /// The months of the instalment, 0 (at once) to 12; the payer chooses if it is not set.
    pub fn install_month(mut self, months: u8) -> Self {
        self.install_month = Some(months);
        self
    }

    /// An address in your app that KakaoPay is told as it is.
    pub fn redirect_scheme_url(mut self, url: impl Into<String>) -> Self {
        self.redirect_scheme_url = Some(url.into());
        self
    }
}
