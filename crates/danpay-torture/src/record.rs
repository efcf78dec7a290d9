//! What is counted and kept for the end: what shops were told, what payers did, and what must not
//! have happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::minutes::Minutes;

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) minutes: Minutes,
    pub(crate) violations: Vec<Violation>,
    /// What must be in no line of any log.
    pub(crate) secrets: BTreeSet<String>,
    /// Which statuses the shop was told, by payment.
    pub(crate) told: BTreeMap<String, BTreeSet<String>>,
    /// What came of each attempt to sell, by its `Idempotency-Key`.
    pub(crate) attempts: BTreeMap<String, Attempt>,
    /// The payments of the second shop.
    pub(crate) seconds: BTreeSet<String>,
    /// Which events the shop has seen, by payment, by their numbers.
    pub(crate) seen: BTreeMap<String, BTreeMap<u32, String>>,
    /// Which cancellations the shop asked for, by payment.
    pub(crate) cancels: BTreeMap<String, Vec<Asked>>,
    /// Where KakaoPay sent payers.
    pub(crate) ways_back: Vec<WayBack>,
    /// Payments whose payers came back that way, or tried to.
    pub(crate) came_back: BTreeSet<String>,
    /// Payments with whose `pg_token` danpay has dealt, by order.
    pub(crate) dealt_with: BTreeMap<String, BTreeSet<String>>,
    /// Payments whose own payers came with a `pg_token` that they had made up, by TID.
    pub(crate) tampered: BTreeSet<String>,
}

/// An attempt to sell an order, asked for under one `Idempotency-Key`.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) order: String,
    /// The payments that the shop was given, which is one at most.
    pub(crate) given: BTreeSet<String>,
    /// The shop was told that the order is paid already.
    pub(crate) too_late: bool,
}

impl Attempt {
    pub(crate) fn of(order: &str) -> Self {
        Self {
            order: order.to_owned(),
            given: BTreeSet::new(),
            too_late: false,
        }
    }
}

/// An address of danpay's with the secret that only KakaoPay was told, and now this payer.
#[derive(Clone, Debug)]
pub(crate) struct WayBack {
    pub(crate) payment: String,
    /// `approve`, `cancel` or `fail`.
    pub(crate) way: String,
    pub(crate) secret: String,
    pub(crate) pg_token: Option<String>,
}

impl WayBack {
    /// From an address such as `…/return/pay_…/approve/SECRET?pg_token=…`.
    pub(crate) fn read(address: &str) -> Option<Self> {
        let (_, rest) = address.split_once("/return/")?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut parts = path.split('/').map(str::to_owned);
        let tokens = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("pg_token="));
        Some(Self {
            payment: parts.next()?,
            way: parts.next()?,
            secret: parts.next()?,
            pg_token: tokens.map(str::to_owned),
        })
    }
}

/// A cancellation that the shop asked for under one `Idempotency-Key`.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) told: Told,
    /// The cancellations that answers named as the one of this key.
    pub(crate) named: BTreeSet<String>,
}

impl Asked {
    pub(crate) fn under(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            told: Told::Unknown,
            named: BTreeSet::new(),
        }
    }
}

/// How a cancellation stands, as far as the shop was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Done,
    Refused,
    /// There is none, since it was not possible.
    Impossible,
    /// Never told.
    Unknown,
}

/// What must not have happened.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) what: String,
    /// Of which payment, by danpay's id or KakaoPay's TID.
    pub(crate) payment: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_is_read_from_its_address() {
        let back =
            "https://pay.shop.example/return/pay_1/approve/abc234?pg_token=t0k3n&pg_token=t0k3n";
        let back = WayBack::read(back).unwrap();
        assert_eq!(
            (back.payment.as_str(), back.way.as_str()),
            ("pay_1", "approve")
        );
        assert_eq!(back.secret, "abc234");
        assert_eq!(back.pg_token.as_deref(), Some("t0k3n"));
        let quit = WayBack::read("https://pay.shop.example/return/pay_1/cancel/xyz567").unwrap();
        assert_eq!((quit.secret.as_str(), quit.pg_token), ("xyz567", None));
        assert!(WayBack::read("https://pay.shop.example/pay/pay_1").is_none());
        assert!(WayBack::read("https://pay.shop.example/return/pay_1/approve").is_none());
    }
}
