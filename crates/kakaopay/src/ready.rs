//! `ready`: announces a payment; the answer holds the TID and the addresses for the payer.
//! Invariant: nothing here moves money. A lost answer costs nothing: its TID expires unpaid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    CardIssuer, Cid, CidSecret, Device, Endpoint, InvalidField, ItemCode, ItemName, KstDateTime,
    PartnerOrderId, PartnerUserId, PaymentMethodType, RedirectUrl, Tid,
    amount::check_amounts,
    call::{Call, setters},
    field::check_range,
    lenient,
};

/// Where KakaoPay sends the payer's browser back to. Their domains must be registered at KakaoPay.
///
/// A part of 20 or more characters, in the path or the query, is taken for a secret of the
/// merchant's: should KakaoPay repeat it in an error, it reads `***` there. Debug shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectUrls {
    /// After the payer has authenticated; `pg_token` is added to its query.
    pub approval: RedirectUrl,
    /// After the payer gave up. Anyone can call it: look the order up before believing it.
    pub cancel: RedirectUrl,
    /// After a failure or the end of the 15 minutes. Anyone can call it, too.
    pub fail: RedirectUrl,
}

/// Asks KakaoPay to prepare a payment.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ReadyRequest {
    /// The merchant code; the client's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    /// The key of the merchant code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid_secret: Option<CidSecret>,
    /// The merchant's order number.
    pub partner_order_id: PartnerOrderId,
    /// The merchant's id of the payer.
    pub partner_user_id: PartnerUserId,
    /// What the payer sees as the thing bought.
    pub item_name: ItemName,
    /// The merchant's code of the thing bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<ItemCode>,
    /// How many; 1 or more.
    #[serde(deserialize_with = "lenient::number")]
    pub quantity: u32,
    /// The whole amount in KRW; 1 or more.
    #[serde(deserialize_with = "lenient::number")]
    pub total_amount: u64,
    /// The part that bears no tax in KRW; at most `total_amount`. KakaoPay demands it, so 0 is
    /// sent as well.
    #[serde(deserialize_with = "lenient::number")]
    pub tax_free_amount: u64,
    /// VAT in KRW; KakaoPay computes [`vat`](crate::vat) if absent. Whoever states it here has to
    /// state `cancel_vat_amount` when cancelling.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// Deposit for a cup (컵 보증금) in KRW. Such a payment can only be cancelled as a whole.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub green_deposit: Option<u64>,
    /// Where the payer comes back after authenticating.
    pub approval_url: RedirectUrl,
    /// Where the payer comes back after giving up.
    pub cancel_url: RedirectUrl,
    /// Where the payer comes back after a failure or too late.
    pub fail_url: RedirectUrl,
    /// Only cards of these issuers; by agreement with KakaoPay. Every issuer if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_cards: Option<Vec<CardIssuer>>,
    /// Only this way to pay; both if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method_type: Option<PaymentMethodType>,
    /// Fixed number of monthly instalments on a card, 0 to 12; the payer chooses if absent.
    #[serde(default, deserialize_with = "lenient::optional_number")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install_month: Option<u8>,
    /// Instalments whose interest the merchant shares (분담무이자), `Y` or `N`; by agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_share_installment: Option<String>,
    /// Texts for add-on features. Documented: `return_custom_url`, the app scheme to come back to
    /// by itself (iOS only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_json: Option<BTreeMap<String, String>>,
    /// App scheme to come back to; an add-on that only the newest documentation has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_scheme_url: Option<String>,
}

impl ReadyRequest {
    /// One piece of `item_name` for `total_amount` KRW, all of it taxed. The setters say more.
    pub fn new(
        partner_order_id: PartnerOrderId,
        partner_user_id: PartnerUserId,
        item_name: ItemName,
        total_amount: u64,
        urls: RedirectUrls,
    ) -> Self {
        Self {
            cid: None,
            cid_secret: None,
            partner_order_id,
            partner_user_id,
            item_name,
            item_code: None,
            quantity: 1,
            total_amount,
            tax_free_amount: 0,
            vat_amount: None,
            green_deposit: None,
            approval_url: urls.approval,
            cancel_url: urls.cancel,
            fail_url: urls.fail,
            available_cards: None,
            payment_method_type: None,
            install_month: None,
            use_share_installment: None,
            custom_json: None,
            redirect_scheme_url: None,
        }
    }

    /// How many are bought.
    #[must_use]
    pub fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = quantity;
        self
    }

    /// The part of the total that bears no tax, in KRW.
    #[must_use]
    pub fn tax_free_amount(mut self, tax_free_amount: u64) -> Self {
        self.tax_free_amount = tax_free_amount;
        self
    }

    setters! {
        /// The merchant code, if it is not the client's.
        cid: Cid,
        /// The key of the merchant code, if it is not the client's.
        cid_secret: CidSecret,
        /// The merchant's code of the thing bought.
        item_code: ItemCode,
        /// VAT in KRW, if KakaoPay shall not compute it.
        vat_amount: u64,
        /// Deposit for a cup in KRW.
        green_deposit: u64,
        /// Only cards of these issuers.
        available_cards: Vec<CardIssuer>,
        /// Only this way to pay.
        payment_method_type: PaymentMethodType,
        /// Fixed number of monthly instalments.
        install_month: u8,
        /// `Y` or `N`: instalments whose interest the merchant shares.
        use_share_installment: String,
        /// Texts for add-on features.
        custom_json: BTreeMap<String, String>,
        /// App scheme to come back to.
        redirect_scheme_url: String,
    }
}

impl Call for ReadyRequest {
    type Answer = ReadyResponse;
    const ENDPOINT: Endpoint = Endpoint::Ready;

    fn merchant(&mut self) -> (&mut Option<Cid>, &mut Option<CidSecret>) {
        (&mut self.cid, &mut self.cid_secret)
    }

    fn check(&self) -> Result<(), InvalidField> {
        check_range("quantity", self.quantity.into(), 1, u32::MAX.into())?;
        check_amounts(
            ("total_amount", self.total_amount),
            ("tax_free_amount", self.tax_free_amount),
        )?;
        check_range(
            "install_month",
            self.install_month.unwrap_or(0).into(),
            0,
            12,
        )
    }

    /// A merchant may know a returning payer by what nobody can guess in these addresses.
    fn secrets(&self) -> Vec<&str> {
        [&self.approval_url, &self.cancel_url, &self.fail_url]
            .into_iter()
            .flat_map(RedirectUrl::long_parts)
            .collect()
    }
}

/// A prepared payment. The payer has 15 minutes from `created_at`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ReadyResponse {
    /// The payment. Store it with the order before sending the payer anywhere.
    #[serde(deserialize_with = "lenient::required_text")]
    pub tid: Tid,
    /// For a web view of the merchant's own app.
    pub next_redirect_app_url: String,
    /// For a browser on a phone or tablet.
    pub next_redirect_mobile_url: String,
    /// For a browser on a desktop.
    pub next_redirect_pc_url: String,
    /// `kakaotalk://…` for an Android app; seen in real answers, not in the newest documentation.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android_app_scheme: Option<String>,
    /// `kakaotalk://…` for an iOS app; as above.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios_app_scheme: Option<String>,
    /// When KakaoPay prepared it; absent as well if unreadable.
    #[serde(default, deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<KstDateTime>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ReadyResponse {
    /// Where to send the payer, as KakaoPay wrote it: pass it through
    /// [`payer_address`](crate::KakaoPay::payer_address) before it is stored or sent. On a desktop as a popup or layer, otherwise by top-level
    /// navigation: KakaoPay discourages frames.
    pub fn redirect_url(&self, device: Device) -> &str {
        match device {
            Device::Pc => &self.next_redirect_pc_url,
            Device::Mobile => &self.next_redirect_mobile_url,
            Device::App => &self.next_redirect_app_url,
        }
    }
}
