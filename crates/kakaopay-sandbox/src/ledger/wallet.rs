//! What a payer has beside the method: points, and a discount on each payment.
//! Testers give both; KakaoPay documents neither rule, so how they are used is our guess.
//! Invariant: points that a payment used are in its amount until a cancellation gives them back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Amount, Order};

/// How many payers can have something; the first by name leaves.
const WALLETS_MAX: usize = 10_000;

/// What a payer has beside the payment method, in won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// Points, used up by payments and given back by cancellations.
    #[serde(default)]
    pub points: u64,
    /// What is taken off every payment.
    #[serde(default)]
    pub discount: u64,
}

/// By `partner_user_id`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Wallets(BTreeMap<String, Wallet>);

impl Wallets {
    pub(super) fn give(&mut self, user_id: String, wallet: Wallet) {
        while self.0.len() >= WALLETS_MAX {
            self.0.pop_first();
        }
        self.0.insert(user_id, wallet);
    }

    pub(super) fn of(&self, user_id: &str) -> Wallet {
        self.0.get(user_id).copied().unwrap_or_default()
    }

    /// Takes the discount and then the points off what the method has to pay. Both stay in the
    /// total, which merchants compare with their price.
    pub(super) fn spend(&mut self, order: &Order) -> Amount {
        let Some(wallet) = self.0.get_mut(&order.partner_user_id) else {
            return order.amount;
        };
        let discount = wallet.discount.min(order.amount.total);
        let point = wallet.points.min(order.amount.total - discount);
        wallet.points -= point;
        Amount {
            point,
            discount,
            ..order.amount
        }
    }

    pub(super) fn give_back(&mut self, user_id: &str, points: u64) {
        if let Some(wallet) = self.0.get_mut(user_id) {
            wallet.points = wallet.points.saturating_add(points);
        }
    }
}
