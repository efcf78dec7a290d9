//! A shop as the server knows it.

use std::collections::{BTreeMap, BTreeSet};

use danpay_core::{InvalidField, OrderNumbers, PaymentId, RefundLimits, ShopId};

use super::{Settings, ShopError, is_live};
use crate::gateway::Gateway;

/// One shop, with a way to KakaoPay for each contract whose keys can be read.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) id: ShopId,
    /// As payers know it, once an operator has named it.
    pub(crate) name: Option<String>,
    /// Counts its changes.
    pub(crate) version: u32,
    /// Whether its settings are the server's own.
    pub(crate) is_first: bool,
    pub(crate) is_disabled: bool,
    pub(crate) settings: Settings,
    /// Where its payers' browsers reach this server, without a slash at its end.
    pub(crate) public_url: String,
    /// The merchant codes of all its contracts.
    pub(crate) cids: BTreeSet<String>,
    /// By their merchant codes.
    pub(crate) gateways: BTreeMap<String, Gateway>,
}

impl Shop {
    /// The way to KakaoPay by this contract.
    pub(crate) fn gateway(&self, cid: &str) -> Result<&Gateway, ShopError> {
        let gateway = self.gateways.get(cid);
        gateway.ok_or_else(|| ShopError::NoAccount(self.id, cid.to_owned()))
    }

    /// Whether one of its contracts moves real money.
    pub(crate) fn is_live(&self) -> bool {
        self.cids.iter().any(|cid| is_live(cid))
    }

    /// Whether it has a contract with this merchant code.
    pub(crate) fn check_cid(&self, cid: &str) -> Result<(), InvalidField> {
        if self.cids.contains(cid) {
            return Ok(());
        }
        let cids: Vec<_> = self.cids.iter().map(String::as_str).collect();
        let cids = cids.join(", ");
        Err(InvalidField::new(
            "cid",
            format!("must be of one of the shop's contracts with KakaoPay: {cids}"),
            format!("이 상점이 카카오페이와 맺은 계약의 CID여야 합니다: {cids}"),
        ))
    }

    /// The page that says how a payment of the shop stands.
    pub(crate) fn result_url(&self, id: PaymentId) -> String {
        format!("{}/pay/{id}/result", self.public_url)
    }

    pub(crate) fn order_numbers(&self) -> OrderNumbers {
        if self.settings.orders_repeat {
            OrderNumbers::Repeat
        } else {
            OrderNumbers::Unique
        }
    }

    pub(crate) fn refund_limits(&self) -> RefundLimits {
        RefundLimits {
            per_refund: self.settings.refund_max,
            per_day: self.settings.refund_max_per_day,
        }
    }

    /// How many lookups may be made for it now, by all its contracts.
    pub(crate) fn free_lookups(&self, now: jiff::Timestamp) -> u32 {
        self.gateways
            .values()
            .map(|gateway| gateway.limits.free_lookups(now))
            .fold(0, u32::saturating_add)
    }

    /// So many payments wait for their lookup, of whatever shop; gives how many are made in a second for
    /// this one.
    pub(crate) fn lookups_wait(&self, payments: u64) -> u32 {
        self.gateways
            .values()
            .map(|gateway| gateway.limits.lookups_wait(payments))
            .fold(0, u32::saturating_add)
    }
}
