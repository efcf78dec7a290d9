//! What the auditor has seen of the books so far, one commit after the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

#[derive(Default)]
pub(crate) struct Seen {
    /// How many payments there were, and the sum of their versions.
    pub(super) pulse: Vec<String>,
    /// Each payment's version, by TID.
    pub(super) versions: BTreeMap<String, u32>,
    /// Claims of which no call was made yet, and when each was made by its server's clock.
    pub(super) claims: BTreeMap<Claim, Vec<Timestamp>>,
    /// Tokens with which approve was called, with the TID.
    pub(super) tried: BTreeSet<(String, String)>,
    /// How often a browser came back, by payment.
    pub(super) returns: BTreeMap<String, u32>,
    /// With which tokens browsers are being served, by payment.
    pub(super) serving: BTreeMap<String, Vec<String>>,
}

/// The right to make one call that moves money.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) server: usize,
    pub(super) endpoint: &'static str,
    pub(super) tid: String,
}

impl Seen {
    /// The books are an older backup now, with these payments in these versions; nobody who had a claim
    /// is left.
    pub(crate) fn books_are_older(&mut self, versions: BTreeMap<String, u32>) {
        self.pulse.clear();
        self.claims.clear();
        self.versions = versions;
    }
}
