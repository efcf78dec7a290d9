//! What a merchant asked for at ready, and which methods that leaves to the payer.
//! Invariant: it never changes.

use serde::{Deserialize, Serialize};
use url::Url;

use super::amount::Amount;
use super::card::{CARDS, Card, KNOWN};
use super::method::{Method, MethodType};

/// What the merchant asked for at ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) cid: String,
    pub(crate) partner_order_id: String,
    pub(crate) partner_user_id: String,
    pub(crate) item_name: String,
    pub(crate) item_code: Option<String>,
    pub(crate) quantity: u64,
    pub(crate) amount: Amount,
    pub(crate) approval_url: Url,
    pub(crate) cancel_url: Url,
    pub(crate) fail_url: Url,
    /// The only method that the merchant lets the payer use.
    pub(crate) only: Option<MethodType>,
    /// The only card companies, by KakaoPay's codes for them.
    pub(crate) available_cards: Option<Vec<String>>,
    /// Months that the merchant fixed; one payment when 0.
    pub(crate) install_month: u8,
    /// Whether the merchant takes part in the interest of the months.
    pub(crate) share_installment: bool,
    /// Whether approve issues a SID.
    pub(crate) subscribes: bool,
    /// Whether the VAT is the merchant's own.
    #[serde(default)]
    pub(crate) states_vat: bool,
}

impl Order {
    /// Whether the merchant lets the payer pay with it. That months do not go with a check card
    /// is what another payment provider's documentation says of KakaoPay.
    pub(crate) fn offers(&self, method: Method) -> bool {
        let kind = self.only.is_none_or(|only| only == method.kind());
        let card = method.card().is_none_or(|card| {
            let listed = |codes: &Vec<String>| codes.iter().any(|code| code == card.company);
            self.available_cards.as_ref().is_none_or(listed)
                && (self.install_month == 0 || !card.is_check())
        });
        kind && card
    }

    /// The cards that the payer is shown.
    pub(crate) fn cards(&self) -> impl Iterator<Item = &'static Card> {
        let shown = match self.available_cards {
            Some(_) => CARDS.len(),
            None => KNOWN,
        };
        let cards = CARDS.iter().take(shown);
        cards.filter(|card| self.offers(Method::Card(card)))
    }

    /// Whether there would be a card if it were not for the months.
    pub(crate) fn months_leave_no_card(&self) -> bool {
        let lump_sum = Self {
            install_month: 0,
            ..self.clone()
        };
        self.cards().next().is_none() && lump_sum.cards().next().is_some()
    }
}
