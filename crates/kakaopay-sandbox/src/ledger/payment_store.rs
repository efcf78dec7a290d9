//! Where payments are kept, found by their tid or by the name of their page.
//! Invariant: above its limits, in payments and in bytes, the oldest finished payment leaves for
//! each that comes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::payment::{Payment, Standing};

/// Payments that are not finished may be this many times more than the limit, as nobody wants to
/// lose one that a payer is at; beyond it the oldest leaves all the same.
const OPEN_FACTOR: usize = 10;
/// For each payment that may be kept there is room for this; a usual one has a quarter of it.
const BYTES_EACH: usize = 6_400;
/// However few may be kept.
const BYTES_LEAST: usize = 1024 * 1024;

/// A shop whose order ids are all the same is not looked through whole.
const OF_ORDER_MAX: usize = 100;

#[derive(Default)]
pub(super) struct PaymentStore {
    /// In the order of ready.
    payments: BTreeMap<u64, Payment>,
    /// Of each, as it was noted last.
    sizes: HashMap<u64, usize>,
    /// The size of all of them.
    bytes: usize,
    by_tid: HashMap<String, u64>,
    by_page: HashMap<String, u64>,
    /// By `partner_order_id`.
    by_order: HashMap<String, BTreeSet<u64>>,
    /// Of those, the ones that a payer has nothing more to do with.
    finished: BTreeSet<u64>,
    next: u64,
    limit: usize,
}

/// All that has to be kept of it; the rest follows.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept(Vec<Payment>);

impl PaymentStore {
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
        let mut payment_store = Self::new(limit);
        for payment in kept.0 {
            payment_store.put(payment, now);
        }
        payment_store
    }

    fn bytes_max(&self) -> usize {
        self.limit.saturating_mul(BYTES_EACH).max(BYTES_LEAST)
    }

    pub(super) fn put(&mut self, payment: Payment, now: Timestamp) -> &Payment {
        let size = payment.size();
        while self.payments.len() >= self.limit.max(1) && self.leave(now, OPEN_FACTOR) {}
        while self.bytes + size > self.bytes_max() && self.leave(now, 0) {}
        let number = self.next;
        self.next += 1;
        self.by_tid.insert(payment.tid.clone(), number);
        self.by_page.insert(payment.page.clone(), number);
        let order_id = payment.order.partner_order_id.clone();
        self.by_order.entry(order_id).or_default().insert(number);
        self.measure(number, size);
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

    /// The newest of one order, newest first.
    pub(super) fn of_order(&self, order_id: &str) -> impl Iterator<Item = &Payment> {
        let numbers = self.by_order.get(order_id).into_iter().flatten().rev();
        numbers
            .take(OF_ORDER_MAX)
            .filter_map(|number| self.payments.get(number))
    }

    pub(super) fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.values()
    }

    fn measure(&mut self, number: u64, size: usize) {
        let before = self.sizes.insert(number, size).unwrap_or(0);
        self.bytes = self.bytes - before + size;
    }

    /// Looks whether a payment has come to its end, or grown, with the last step.
    pub(super) fn note(&mut self, tid: &str) {
        let Some(&number) = self.by_tid.get(tid) else {
            return;
        };
        let Some(payment) = self.payments.get(&number) else {
            return;
        };
        if payment.is_final() {
            self.finished.insert(number);
        }
        self.measure(number, payment.size());
    }

    /// Lets the oldest finished payment go, or else the oldest of far too many. As all expire in
    /// the order in which they came, only the first has to be asked whether it has.
    fn leave(&mut self, now: Timestamp, open_factor: usize) -> bool {
        let first = self.payments.first_key_value();
        let crowded = self.payments.len() >= self.limit.saturating_mul(open_factor);
        let expired = first.filter(|(_, payment)| payment.standing(now) == Standing::Expired);
        let gone = expired
            .map(|(number, _)| number)
            .or(self.finished.first())
            .or(first.filter(|_| crowded).map(|(number, _)| number))
            .copied();
        let Some(payment) = gone.and_then(|number| self.payments.remove(&number)) else {
            return false;
        };
        if let Some(number) = gone {
            self.finished.remove(&number);
            self.bytes -= self.sizes.remove(&number).unwrap_or(0);
        }
        let order_id = &payment.order.partner_order_id;
        if let (Some(number), Some(of_order)) = (gone, self.by_order.get_mut(order_id)) {
            of_order.remove(&number);
            if of_order.is_empty() {
                self.by_order.remove(order_id);
            }
        }
        self.by_tid.remove(&payment.tid);
        self.by_page.remove(&payment.page);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::order;
    use super::*;
    use crate::dice::Dice;
    use crate::ledger::Ledger;

    #[test]
    fn large_payments_leave_earlier_than_small_ones_even_while_they_are_open() {
        let (mut ledger, mut dice) = (Ledger::new(10_000), Dice::new(7));
        let mut order = order(2_200, 0);
        order.available_cards = Some(vec!["X".repeat(1024); 1024]);
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..100 {
            ledger.ready(order.clone(), now, &mut dice);
        }
        assert!(ledger.payments().count() < 64);
        let newest = ledger.ready(order, now, &mut dice).tid.clone();
        assert!(ledger.by_tid(&newest).is_some());
        let kept: usize = ledger.payment_store.payments().map(Payment::size).sum();
        assert_eq!(kept, ledger.payment_store.bytes);
        assert!(kept <= 64_000_000);
    }

    #[test]
    fn as_many_usual_payments_are_kept_as_it_was_told() {
        const MANY: usize = 60_000;
        let (mut ledger, mut dice) = (Ledger::new(MANY), Dice::new(7));
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..MANY {
            ledger.ready(order(2_200, 0), now, &mut dice);
        }
        let kept = ledger.payments().count();
        assert_eq!(kept, MANY, "{} bytes", ledger.payment_store.bytes);
        // No open one leaves for the number alone: there is room for more, so that this is no
        // chance.
        assert!(ledger.payment_store.bytes < MANY * BYTES_EACH / 2);
    }
}
