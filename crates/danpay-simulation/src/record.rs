//! What is counted and kept for the audit.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Hooked, Seen};
use crate::counts::Counts;
use crate::seller::Seller;
use crate::shop::follow::Followed;

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) counts: Counts,
    pub(crate) violations: Vec<String>,
    /// What must be in no line of any log.
    pub(crate) secrets: BTreeSet<String>,
    /// KakaoPay's number of each payment that the shop was given.
    pub(crate) tids: BTreeMap<String, String>,
    /// Which statuses the shop was told, by payment.
    pub(crate) told: BTreeMap<String, BTreeSet<String>>,
    /// Which payments the shop was given, by `Idempotency-Key`.
    pub(crate) given: BTreeMap<String, BTreeSet<String>>,
    /// What the shop decided to refund, by `Idempotency-Key`.
    pub(crate) refunds: BTreeMap<String, Refund>,
    /// Payments of which something was canceled at KakaoPay's own site.
    pub(crate) outside: BTreeMap<String, Seller>,
    /// What whoever follows a shop's events was told, by its merchant code.
    pub(crate) followed: BTreeMap<&'static str, Followed>,
    /// What the auditor keeps of webhooks.
    pub(crate) hooks: Hooked,
    /// What the auditor has seen so far.
    pub(crate) seen: Seen,
}

/// One decision to give money back.
#[derive(Clone)]
pub(crate) struct Refund {
    /// Whose decision it is.
    pub(crate) seller: Seller,
    /// Of which payment.
    pub(crate) payment: String,
    /// The body in which it is asked for.
    pub(crate) asked: String,
    /// Which cancellations the shop was told that it is.
    pub(crate) cancellations: BTreeSet<String>,
}

impl Record {
    /// The books are an older backup now. What the shop was told before may be lost with what they
    /// lack: keys, ends without money, and the order of events, so it reads them anew.
    pub(crate) fn books_are_older(&mut self, versions: BTreeMap<String, u32>) {
        self.given.clear();
        self.followed.clear();
        for told in self.told.values_mut() {
            told.retain(|status| {
                !matches!(status.as_str(), "quit" | "failed" | "expired" | "withdrawn")
            });
        }
        for refund in self.refunds.values_mut() {
            refund.cancellations.clear();
        }
        self.seen.books_are_older(versions);
    }
}
