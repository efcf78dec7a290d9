//! The ledger as a tester sees it.

use jiff::Timestamp;
use serde::Serialize;

use crate::ledger::{Amount, Payment, PaymentStatus};
use crate::world::World;

/// One payment as `KakaoPay` would hold it; the truth that a shop's books must agree with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PaymentRecord {
    /// The payment's id.
    pub tid: String,
    /// The merchant code.
    pub cid: String,
    /// How far it has come.
    pub status: PaymentStatus,
    /// The merchant's `partner_order_id`.
    pub order_id: String,
    /// The merchant's `partner_user_id`.
    pub user_id: String,
    /// What is bought.
    pub item_name: String,
    /// How many.
    pub quantity: u64,
    /// The whole amount, in won.
    pub total: u64,
    /// The part of it that is free of tax.
    pub tax_free: u64,
    /// The tax in it.
    pub vat: u64,
    /// What was given back so far.
    pub canceled_total: u64,
    /// How many cancellations that was.
    pub cancellations: usize,
    /// `CARD` or `MONEY`, once the payer chose.
    pub method: Option<&'static str>,
    /// The approval's id, once approved.
    pub aid: Option<String>,
    /// How often money moved to the merchant: 0 or 1.
    pub approvals: u32,
    /// How many approve calls named this payment, refused ones too.
    pub approve_calls: u32,
    /// Whether the fifteen minutes passed without an approval.
    pub expired: bool,
    /// When ready was answered.
    pub created_at: Timestamp,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// When the last cancellation happened.
    pub canceled_at: Option<Timestamp>,
    /// How the payer ends: `pays`, or what a tester chose.
    pub outcome: &'static str,
    /// What is written in the ledger: the approval and each cancellation, in their order.
    pub entries: Vec<LedgerEntry>,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// `PAYMENT` or `CANCEL`.
    pub kind: &'static str,
    /// The id of the approval or the cancellation.
    pub aid: String,
    /// When it happened.
    pub at: Timestamp,
    /// How much of it, in won.
    pub total: u64,
    /// The part of it that is free of tax.
    pub tax_free: u64,
    /// The tax in it.
    pub vat: u64,
    /// What the merchant wrote beside it.
    pub payload: Option<String>,
}

impl PaymentRecord {
    fn new(payment: &Payment, now: Timestamp) -> Self {
        let order = &payment.order;
        let paid = payment.paid();
        let cancellations = paid
            .map(|paid| paid.cancellations.as_slice())
            .unwrap_or_default();
        Self {
            tid: payment.tid.clone(),
            cid: order.cid.clone(),
            status: payment.status(),
            order_id: order.partner_order_id.clone(),
            user_id: order.partner_user_id.clone(),
            item_name: order.item_name.clone(),
            quantity: order.quantity,
            total: order.amount.total,
            tax_free: order.amount.tax_free,
            vat: order.amount.vat,
            canceled_total: payment.canceled().total,
            cancellations: cancellations.len(),
            method: payment.method().map(|method| method.kind().as_str()),
            aid: paid.map(|paid| paid.aid.clone()),
            approvals: u32::from(paid.is_some()),
            approve_calls: payment.approve_calls,
            expired: payment.standing(now) == crate::ledger::Standing::Expired,
            created_at: payment.created_at,
            approved_at: paid.map(|paid| paid.at),
            canceled_at: cancellations.last().map(|cancellation| cancellation.at),
            outcome: payment.outcome.as_str(),
            entries: entries(payment),
        }
    }
}

impl PaymentRecord {
    /// What could still be given back.
    pub(super) fn left(&self) -> u64 {
        if self.approvals > 0 {
            self.total.saturating_sub(self.canceled_total)
        } else {
            0
        }
    }
}

fn entries(payment: &Payment) -> Vec<LedgerEntry> {
    let Some(paid) = payment.paid() else {
        return Vec::new();
    };
    let entry = |kind, aid: &str, at, amount: Amount, payload: &Option<String>| LedgerEntry {
        kind,
        aid: aid.to_owned(),
        at,
        total: amount.total,
        tax_free: amount.tax_free,
        vat: amount.vat,
        payload: payload.clone(),
    };
    let approval = entry(
        "PAYMENT",
        &paid.aid,
        paid.at,
        payment.order.amount,
        &paid.payload,
    );
    let cancellations = paid.cancellations.iter().map(|canceled| {
        entry(
            "CANCEL",
            &canceled.aid,
            canceled.at,
            canceled.amount,
            &canceled.payload,
        )
    });
    std::iter::once(approval).chain(cancellations).collect()
}

pub(crate) fn records(world: &World) -> Vec<PaymentRecord> {
    world.books(|books, now| {
        books
            .ledger
            .payments()
            .map(|payment| PaymentRecord::new(payment, now))
            .collect()
    })
}

/// The newest of those that are wanted, newest first.
pub(super) fn latest(
    world: &World,
    wanted: impl Fn(&PaymentRecord) -> bool,
    max: usize,
) -> Vec<PaymentRecord> {
    world.books(|books, now| {
        let newest = books.ledger.payments().rev();
        let records = newest.map(|payment| PaymentRecord::new(payment, now));
        records.filter(|record| wanted(record)).take(max).collect()
    })
}

pub(crate) fn record(world: &World, tid: &str) -> Option<PaymentRecord> {
    world.books(|books, now| {
        books
            .ledger
            .by_tid(tid)
            .map(|payment| PaymentRecord::new(payment, now))
    })
}
