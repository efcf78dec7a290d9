//! Where payments are kept, found by their tid or by the name of their page.
//! Invariant: above its limit the oldest finished payment leaves for each that comes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::payment::{Payment, Standing};

/// Payments that are not finished may be this many times more than the limit, as nobody wants to
/// lose one that a payer is at; beyond it the oldest leaves all the same.
const OPEN_FACTOR: usize = 10;

#[derive(Default)]
pub(super) struct Shelf {
    /// In the order of ready.
    payments: BTreeMap<u64, Payment>,
    by_tid: HashMap<String, u64>,
    by_page: HashMap<String, u64>,
    /// Of those, the ones that a payer has nothing more to do with.
    finished: BTreeSet<u64>,
    next: u64,
    limit: usize,
}

/// All that has to be kept of it; the rest follows.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept(Vec<Payment>);

impl Shelf {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(super) fn keep(&self) -> Kept {
        Kept(self.payments.values().cloned().collect())
    }

    pub(super) fn restore(kept: Kept, limit: usize, now: Timestamp) -> Self {
        let mut shelf = Self::new(limit);
        for payment in kept.0 {
            shelf.put(payment, now);
        }
        shelf
    }

    pub(super) fn put(&mut self, payment: Payment, now: Timestamp) -> &Payment {
        while self.payments.len() >= self.limit.max(1) && self.leave(now) {}
        let number = self.next;
        self.next += 1;
        self.by_tid.insert(payment.tid.clone(), number);
        self.by_page.insert(payment.page.clone(), number);
        if payment.is_final() {
            self.finished.insert(number);
        }
        self.payments.entry(number).or_insert(payment)
    }

    pub(super) fn has_tid(&self, tid: &str) -> bool {
        self.by_tid.contains_key(tid)
    }

    pub(super) fn has_page(&self, page: &str) -> bool {
        self.by_page.contains_key(page)
    }

    pub(super) fn by_tid(&self, tid: &str) -> Option<&Payment> {
        self.payments.get(self.by_tid.get(tid)?)
    }

    pub(super) fn by_page(&self, page: &str) -> Option<&Payment> {
        self.payments.get(self.by_page.get(page)?)
    }

    pub(super) fn by_tid_mut(&mut self, tid: &str) -> Option<&mut Payment> {
        self.payments.get_mut(self.by_tid.get(tid)?)
    }

    pub(super) fn by_page_mut(&mut self, page: &str) -> Option<&mut Payment> {
        self.payments.get_mut(self.by_page.get(page)?)
    }

    pub(super) fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.values()
    }

    /// Looks whether a payment has come to its end with the last step.
    pub(super) fn note(&mut self, tid: &str) {
        let Some(number) = self.by_tid.get(tid) else {
            return;
        };
        if self.payments.get(number).is_some_and(Payment::is_final) {
            self.finished.insert(*number);
        }
    }

    /// Lets the oldest finished payment go, or else the oldest of far too many. As all expire in
    /// the order in which they came, only the first has to be asked whether it has.
    fn leave(&mut self, now: Timestamp) -> bool {
        let first = self.payments.first_key_value();
        let crowded = self.payments.len() >= self.limit.saturating_mul(OPEN_FACTOR);
        let expired = first.filter(|(_, payment)| payment.standing(now) == Standing::Expired);
        let gone = expired
            .map(|(number, _)| number)
            .or(self.finished.first())
            .or(first.filter(|_| crowded).map(|(number, _)| number))
            .copied();
        let Some(payment) = gone.and_then(|number| self.payments.remove(&number)) else {
            return false;
        };
        gone.map(|number| self.finished.remove(&number));
        self.by_tid.remove(&payment.tid);
        self.by_page.remove(&payment.page);
        true
    }
}
