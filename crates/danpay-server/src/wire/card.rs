//! The card that paid, under KakaoPay's names. What KakaoPay leaves out is null.

use serde::Serialize;
use utoipa::ToSchema;

/// The card that paid, under KakaoPay's names. What KakaoPay leaves out is null.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CardInfo<'a> {
    kakaopay_purchase_corp: Option<&'a str>,
    kakaopay_purchase_corp_code: Option<&'a str>,
    kakaopay_issuer_corp: Option<&'a str>,
    kakaopay_issuer_corp_code: Option<&'a str>,
    card_corp_name: Option<&'a str>,
    bin: Option<&'a str>,
    card_type: Option<&'a str>,
    install_month: Option<&'a str>,
    approved_id: Option<&'a str>,
    card_mid: Option<&'a str>,
    interest_free_install: Option<&'a str>,
    installment_type: Option<&'a str>,
    card_item_code: Option<&'a str>,
}

impl<'a> From<&'a danpay_core::CardInfo> for CardInfo<'a> {
    fn from(card: &'a danpay_core::CardInfo) -> Self {
        Self {
            kakaopay_purchase_corp: card.kakaopay_purchase_corp.as_deref(),
            kakaopay_purchase_corp_code: card.kakaopay_purchase_corp_code.as_deref(),
            kakaopay_issuer_corp: card.kakaopay_issuer_corp.as_deref(),
            kakaopay_issuer_corp_code: card.kakaopay_issuer_corp_code.as_deref(),
            card_corp_name: card.card_corp_name.as_deref(),
            bin: card.bin.as_deref(),
            card_type: card.card_type.as_deref(),
            install_month: card.install_month.as_deref(),
            approved_id: card.approved_id.as_deref(),
            card_mid: card.card_mid.as_deref(),
            interest_free_install: card.interest_free_install.as_deref(),
            installment_type: card.installment_type.as_deref(),
            card_item_code: card.card_item_code.as_deref(),
        }
    }
}
