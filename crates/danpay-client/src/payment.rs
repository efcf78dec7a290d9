//! A payment, as danpay tells it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cancellation::Cancellation;
use crate::open_enum::open_enum;
use crate::{CancellationId, PaymentId};

open_enum! {
    /// How a payment stands.
    PaymentStatus {
        /// The payer may pay until `expires_at`.
        Ready = "ready",
        /// The payer is back. You decide (manual approval), or danpay waits to call KakaoPay.
        Authenticated = "authenticated",
        /// Approval is under way. Whether it is paid is **not known yet**: ask again.
        Approving = "approving",
        /// Paid.
        Approved = "approved",
        /// Paid, and a part of it went back.
        PartiallyCanceled = "partially_canceled",
        /// Paid, and all of it went back.
        Canceled = "canceled",
        /// Unpaid: the payer gave up.
        Quit = "quit",
        /// Unpaid: KakaoPay said no, or the order is paid by another payment. `failure` says why.
        Failed = "failed",
        /// Unpaid: the time is over.
        Expired = "expired",
        /// Unpaid: the shop took it back.
        Withdrawn = "withdrawn",
    }
}

impl PaymentStatus {
    /// The shop has the money, all of it or what a partial cancellation has left: ship.
    ///
    /// ```
    /// use danpay_client::PaymentStatus;
    ///
    /// assert!(PaymentStatus::Approved.is_paid());
    /// assert!(!PaymentStatus::Approving.is_paid());
    /// assert!(!PaymentStatus::Canceled.is_paid());
    /// ```
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Approved | Self::PartiallyCanceled)
    }

    /// It has ended, and nothing was paid: give the goods back.
    pub fn ended_unpaid(&self) -> bool {
        matches!(
            self,
            Self::Quit | Self::Failed | Self::Expired | Self::Withdrawn
        )
    }

    /// Money moved to the shop at some time, whatever went back since.
    pub fn was_paid(&self) -> bool {
        self.is_paid() || *self == Self::Canceled
    }
}

open_enum! {
    /// Who decides that a payment is approved.
    Approval {
        /// danpay approves when the payer is back.
        Automatic = "automatic",
        /// The payment waits at `authenticated` for the shop's [`approve`](crate::Danpay::approve).
        Manual = "manual",
    }
}

open_enum! {
    /// How the payer pays.
    PaymentMethod {
        /// A card that is registered with KakaoPay.
        Card = "CARD",
        /// KakaoPay money (카카오페이머니).
        Money = "MONEY",
    }
}

/// A payment: one attempt of one payer to pay one order. Amounts are whole KRW.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Payment {
    /// danpay's id.
    pub id: PaymentId,
    /// How it stands.
    pub status: PaymentStatus,
    /// Whether real money moves.
    pub livemode: bool,
    /// The number of its newest change: of two states the one with the larger number is the newer.
    #[serde(default)]
    pub sequence: u32,
    /// Your order number.
    pub order_id: String,
    /// Your number for the member.
    pub user_id: String,
    /// What the payer reads.
    pub item_name: String,
    /// Your code for it.
    #[serde(default)]
    pub item_code: Option<String>,
    /// How many are bought. For display: `amount` is not multiplied by it.
    pub quantity: u32,
    /// What was asked; once paid, what was paid.
    pub amount: Amount,
    /// What has gone back, in all.
    pub canceled_amount: Amount,
    /// What can still go back.
    pub cancel_available_amount: Amount,
    /// The merchant code by which it is paid.
    pub cid: String,
    /// KakaoPay's id of the payment.
    pub tid: String,
    /// KakaoPay's id of the approval, once paid.
    #[serde(default)]
    pub aid: Option<String>,
    /// How it was paid.
    #[serde(default)]
    pub payment_method_type: Option<PaymentMethod>,
    /// The card that paid.
    #[serde(default)]
    pub card_info: Option<CardInfo>,
    /// Where to send the payer. `None` once it cannot be paid any more.
    #[serde(default)]
    pub checkout_url: Option<String>,
    /// Where the payer goes afterwards.
    #[serde(default)]
    pub return_url: Option<String>,
    /// Who decides that it is approved.
    pub approval: Approval,
    /// Why it has failed.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// KakaoPay has charged the order twice: this one was charged after the payment that is named. Refund
    /// one of them.
    #[serde(default)]
    pub second_charge_of: Option<PaymentId>,
    /// What went back, was to go back, or is on its way.
    pub cancellations: Vec<Cancellation>,
    /// Of the cancellations the oldest are left out: in a webhook alone.
    #[serde(default)]
    pub cancellations_truncated: bool,
    /// Texts of yours.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when the payer may pay.
    pub expires_at: Timestamp,
    /// When it was paid.
    #[serde(default)]
    pub approved_at: Option<Timestamp>,
    /// Until when KakaoPay takes cancellations, as aggregators write; KakaoPay has published nothing and
    /// decides.
    #[serde(default)]
    pub refundable_until: Option<Timestamp>,
}

impl Payment {
    /// The cancellation of this id.
    pub fn cancellation(&self, id: &CancellationId) -> Option<&Cancellation> {
        self.cancellations.iter().find(|one| one.id == *id)
    }
}

/// An amount with its split, in whole KRW.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amount {
    /// The whole amount.
    pub total: i64,
    /// The part that is free of tax.
    pub tax_free: i64,
    /// The value added tax inside the total.
    pub vat: i64,
    /// Paid with the payer's points; known once paid.
    #[serde(default)]
    pub point: i64,
    /// Discounted by KakaoPay; known once paid.
    #[serde(default)]
    pub discount: i64,
    /// The cup deposit (컵 보증금) inside the total.
    #[serde(default)]
    pub green_deposit: i64,
}

/// Why a payment or a cancellation has failed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// danpay's word for it.
    pub code: String,
    /// In English.
    pub message: String,
    /// In Korean.
    pub message_ko: String,
    /// KakaoPay's own words, if it has said something.
    #[serde(default)]
    pub kakaopay: Option<KakaoPayFailure>,
}

/// KakaoPay's own words, as they came.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct KakaoPayFailure {
    /// KakaoPay's code, such as -780.
    pub error_code: Option<i64>,
    /// KakaoPay's message, for developers.
    pub error_message: Option<String>,
    /// The bank's or card company's code.
    pub method_result_code: Option<String>,
    /// The bank's or card company's message; may be shown to the payer.
    pub method_result_message: Option<String>,
}

/// The card that paid, under KakaoPay's names. What KakaoPay leaves out is `None`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CardInfo {
    /// Acquirer, as KakaoPay names it.
    pub kakaopay_purchase_corp: Option<String>,
    /// Its code.
    pub kakaopay_purchase_corp_code: Option<String>,
    /// Issuer, as KakaoPay names it.
    pub kakaopay_issuer_corp: Option<String>,
    /// Its code.
    pub kakaopay_issuer_corp_code: Option<String>,
    /// Card company.
    pub card_corp_name: Option<String>,
    /// The card number's first digits.
    pub bin: Option<String>,
    /// Credit, check and so on, in Korean.
    pub card_type: Option<String>,
    /// Months of the instalment.
    pub install_month: Option<String>,
    /// The card company's number of the approval.
    pub approved_id: Option<String>,
    /// The card company's number of the merchant.
    pub card_mid: Option<String>,
    /// Whether the instalment is free of interest: `Y` or `N`.
    pub interest_free_install: Option<String>,
    /// Who bears the interest.
    pub installment_type: Option<String>,
    /// KakaoPay's code of the card product.
    pub card_item_code: Option<String>,
}
