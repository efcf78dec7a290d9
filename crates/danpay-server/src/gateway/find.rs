//! A payment that the database has lost, as KakaoPay knows it.

use danpay_core::{Amount, ApprovalMode, InvalidField, LookedUp, Metadata, Order};
use jiff::Timestamp;
use kakaopay::{Error, KstDateTime, OrderResponse};

use super::{Answer, Gateway, answers, bounds};

/// A payment that only KakaoPay knows.
pub(crate) struct Found {
    /// What KakaoPay still tells of the shop's order; its return address is lost.
    pub(crate) order: Order,
    /// KakaoPay's time of ready, UTC.
    pub(crate) created_at: Option<Timestamp>,
    /// How it stands.
    pub(crate) looked_up: Answer<LookedUp>,
}

/// Why a payment could not be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    /// No answer, or a no.
    #[error(transparent)]
    KakaoPay(#[from] Error),
    /// The answer does not tell enough of the order.
    #[error("KakaoPay does not tell enough of the order: {0}")]
    Order(#[from] InvalidField),
}

impl Gateway {
    /// Looks up a TID that is not in the database, under the configured merchant code.
    pub(crate) async fn find(&self, tid: &str) -> Result<Found, FindError> {
        let asked_at = self.clock.now();
        let response = self.order(tid, Some(self.cid.clone())).await?;
        let created_at = response.created_at.map(KstDateTime::timestamp);
        Ok(Found {
            order: order(&response)?,
            // Nobody has made it ready in the future.
            created_at: created_at
                .and_then(|at| bounds::time(at, asked_at))
                .map(|at| at.min(asked_at)),
            looked_up: Answer {
                evidence: answers::recorded(&response),
                answer: LookedUp {
                    asked_at,
                    lookup: answers::looked_up(response, asked_at),
                },
            },
        })
    }
}

fn order(response: &OrderResponse) -> Result<Order, InvalidField> {
    let amount = response.amount.and_then(answers::amount);
    let Amount {
        total,
        tax_free,
        vat,
        green_deposit,
        ..
    } = amount.unwrap_or_default();
    let item_code = response.item_code.as_ref();
    let item_code = item_code.map(|code| code.as_str().to_owned().try_into());
    Ok(Order {
        order_id: response.partner_order_id.as_str().to_owned().try_into()?,
        user_id: response.partner_user_id.as_str().to_owned().try_into()?,
        item_name: response.item_name.as_str().to_owned().try_into()?,
        item_code: item_code.transpose()?,
        quantity: response.quantity.max(1),
        amount: Amount::asked(total, tax_free, vat, green_deposit)?,
        return_url: None,
        // Whoever comes back now has nobody else to approve.
        approval: ApprovalMode::Automatic,
        metadata: Metadata::default(),
        payment_method_type: None,
        available_cards: None,
        install_month: None,
        redirect_scheme_url: None,
    })
}
