//! Subscriptions: a SID that the first approval issues, and charges without the payer.
//! Invariant: a charge is a payment of its own, paid from the start, and never of an inactive SID.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Amount, Ledger, Method, Order, Paid, Payment, Refused, State};
use crate::dice::Dice;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) sid: String,
    /// What was ordered first; later charges change it in parts.
    pub(crate) order: Order,
    pub(crate) method: Method,
    pub(crate) created_at: Timestamp,
    pub(crate) last_approved_at: Timestamp,
    pub(crate) inactivated_at: Option<Timestamp>,
}

/// A merchant's call for a second or later charge.
pub(crate) struct Charge {
    pub(crate) cid: String,
    pub(crate) sid: String,
    pub(crate) partner_order_id: String,
    pub(crate) partner_user_id: String,
    pub(crate) item_name: Option<String>,
    pub(crate) item_code: Option<String>,
    pub(crate) quantity: u64,
    pub(crate) amount: Amount,
    pub(crate) payload: Option<String>,
}

/// By SID, which begins with its second: the first is the oldest.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Subscriptions(BTreeMap<String, Subscription>);

impl Subscriptions {
    pub(super) fn issue(
        &mut self,
        order: &Order,
        method: Method,
        now: Timestamp,
        dice: &mut Dice,
        limit: usize,
    ) -> String {
        while self.0.len() >= limit.max(1) {
            self.0.pop_first();
        }
        let sid = super::fresh(|sid| self.0.contains_key(sid), || dice.sid(now));
        let subscription = Subscription {
            sid: sid.clone(),
            order: order.clone(),
            method,
            created_at: now,
            last_approved_at: now,
            inactivated_at: None,
        };
        self.0.insert(sid.clone(), subscription);
        sid
    }

    fn of_merchant(&mut self, cid: &str, sid: &str) -> Result<&mut Subscription, Refused> {
        let found = self.0.get_mut(sid);
        found
            .filter(|subscription| subscription.order.cid == cid)
            .ok_or(Refused::UnknownSid)
    }
}

impl Ledger {
    pub(crate) fn charge(
        &mut self,
        ask: Charge,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<&Payment, Refused> {
        let subscription = self.subscriptions.of_merchant(&ask.cid, &ask.sid)?;
        if subscription.order.partner_user_id != ask.partner_user_id {
            return Err(Refused::SidOfAnotherUser);
        }
        if subscription.inactivated_at.is_some() {
            return Err(Refused::SidInactive);
        }
        subscription.last_approved_at = now;
        let method = subscription.method;
        let first = subscription.order.clone();
        let order = Order {
            partner_order_id: ask.partner_order_id,
            item_name: ask.item_name.unwrap_or(first.item_name),
            item_code: ask.item_code.or(first.item_code),
            quantity: ask.quantity,
            amount: ask.amount,
            ..first
        };
        let amount = self.wallets.spend(&order);
        let paid = Paid {
            method,
            amount,
            aid: dice.aid(now),
            sid: Some(ask.sid),
            at: now,
            payload: ask.payload,
            approved_id: dice.approved_id(),
            cancellations: Vec::new(),
        };
        Ok(self.begin(order, State::Paid(paid), now, dice))
    }

    pub(crate) fn subscription(&mut self, cid: &str, sid: &str) -> Result<&Subscription, Refused> {
        self.subscriptions
            .of_merchant(cid, sid)
            .map(|found| &*found)
    }

    pub(crate) fn inactivate(
        &mut self,
        cid: &str,
        sid: &str,
        now: Timestamp,
    ) -> Result<&Subscription, Refused> {
        let subscription = self.subscriptions.of_merchant(cid, sid)?;
        if subscription.inactivated_at.is_some() {
            return Err(Refused::SidInactive);
        }
        subscription.inactivated_at = Some(now);
        Ok(subscription)
    }
}
