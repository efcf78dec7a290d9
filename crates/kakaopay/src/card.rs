//! What KakaoPay tells about the card that paid.
//! Invariant: information for receipts only; every member may be absent, and none decides
//! whether money moved.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// The card in the answer to `approve`. KakaoPay publishes no table of the corporation codes.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CardInfo {
    /// Acquirer (매입사).
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kakaopay_purchase_corp: Option<String>,
    /// Code of the acquirer, three digits.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kakaopay_purchase_corp_code: Option<String>,
    /// Issuer (발급사).
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kakaopay_issuer_corp: Option<String>,
    /// Code of the issuer, three digits.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub kakaopay_issuer_corp_code: Option<String>,
    /// First six digits of the card number.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub bin: Option<String>,
    /// Korean text; `신용` (credit) and `체크` (debit) were seen.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub card_type: Option<String>,
    /// Monthly instalments, two digits; `00` is a lump sum.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub install_month: Option<String>,
    /// The issuer's approval number.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub approved_id: Option<String>,
    /// The merchant's number at the card company.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub card_mid: Option<String>,
    /// `Y` if the instalments bear no interest, else `N`.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub interest_free_install: Option<String>,
    /// Who bears the interest, since 2024-02-01: `CARD_INSTALLMENT` or `SHARE_INSTALLMENT`.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub installment_type: Option<String>,
    /// Code of the card product.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub card_item_code: Option<String>,
    /// Keys that this version does not know, such as the predecessor's `issuer_corp`.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The card in the answer to `order`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SelectedCardInfo {
    /// First six digits of the card number.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub card_bin: Option<String>,
    /// Monthly instalments; 0 is a lump sum.
    #[serde(
        deserialize_with = "lenient::optional_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub install_month: Option<u8>,
    /// The card company's name.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub card_corp_name: Option<String>,
    /// `Y` if the instalments bear no interest, else `N`.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub interest_free_install: Option<String>,
    /// Keys that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
