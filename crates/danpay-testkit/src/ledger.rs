//! KakaoPay's ledger, as the sandbox tells it.

use serde::Deserialize;

/// A payment in KakaoPay's ledger.
#[derive(Clone, Debug, Deserialize)]
pub struct LedgerPayment {
    /// KakaoPay's id.
    pub tid: String,
    /// The shop's order number.
    pub order_id: String,
    /// KakaoPay's status.
    pub status: String,
    /// What is to be paid, or was.
    pub total: i64,
    /// Free of tax.
    pub tax_free: i64,
    /// Value added tax.
    pub vat: i64,
    /// The approval's id.
    pub aid: Option<String>,
    /// How often danpay asked for its approval, in vain too.
    pub approve_calls: usize,
    /// Money that moved.
    pub entries: Vec<Movement>,
}

/// Money that moved.
#[derive(Clone, Debug, Deserialize)]
pub struct Movement {
    /// `PAYMENT` or `CANCEL`.
    pub kind: String,
    /// How much.
    pub total: i64,
    /// Free of tax.
    pub tax_free: i64,
    /// Value added tax.
    pub vat: i64,
    /// danpay's id of the cancellation.
    pub payload: Option<String>,
}

impl LedgerPayment {
    /// How often money moved to the shop.
    pub fn approvals(&self) -> usize {
        let approvals = self.entries.iter().filter(|entry| entry.kind == "PAYMENT");
        approvals.count()
    }

    /// What went back.
    pub fn cancels(&self) -> impl Iterator<Item = &Movement> {
        self.entries.iter().filter(|entry| entry.kind == "CANCEL")
    }
}
