//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use danpay_testkit::audit::Totals;
use serde::Serialize;

use super::questions::Answered;
use crate::latency::Call;
use crate::machine::Machine;
use crate::process::SpentOnEach;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) sizes: Vec<Size>,
}

/// danpay with so many payments in its database.
#[derive(Serialize)]
pub(super) struct Size {
    pub(super) there: u64,
    pub(super) bytes: u64,
    pub(super) filled_in_s: f64,
    pub(super) started_in_ms: f64,
    pub(super) payments_per_s: f64,
    pub(super) create: Call,
    pub(super) come_back: Call,
    pub(super) spent: SpentOnEach,
    pub(super) answered: Answered,
    pub(super) claim_due: Call,
    /// While the histories of those that were there are deleted.
    pub(super) pruned: Option<Pruned>,
    /// Those that were paid in this run.
    pub(super) books: Totals,
}

/// How long payments took beside `danpay prune`.
#[derive(Serialize)]
pub(super) struct Pruned {
    pub(super) took_s: f64,
    pub(super) create: Call,
    pub(super) come_back: Call,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "payments there   database  start  payments/s  danpay's CPU      create p50 / p99 / p99.9     \
             return p50 / p99 / p99.9"
        )?;
        for size in &self.sizes {
            let [create, come_back] = [&size.create, &size.come_back].map(ToString::to_string);
            writeln!(
                f,
                "{:>14}  {:>6} MB  {:>3.0} ms  {:>9.0}  {:>8.0} µs  {create:>26}  {come_back:>26}",
                size.there,
                size.bytes / 1_000_000,
                size.started_in_ms,
                size.payments_per_s,
                size.spent.cpu_us,
            )?;
        }
        writeln!(
            f,
            "\npayments there        newest hundred            some hundred                  order  \
                             payment          recovery's claim"
        )?;
        for size in &self.sizes {
            let Answered {
                newest_page,
                some_page,
                by_order,
                by_id,
            } = &size.answered;
            let columns = [newest_page, some_page, by_order, by_id, &size.claim_due];
            write!(f, "{:>14}", size.there)?;
            columns
                .iter()
                .try_for_each(|call| write!(f, "  {:>22}", call.to_string()))?;
            writeln!(f)?;
        }
        for size in &self.sizes {
            let Some(pruned) = &size.pruned else { continue };
            let [create, come_back] = [&pruned.create, &pruned.come_back].map(ToString::to_string);
            writeln!(
                f,
                "\nwhile the histories of {} were deleted, {:.1} s: create {create}, return {come_back}",
                size.there, pruned.took_s
            )?;
        }
        write!(f, "times in ms: p50 / p99 / p99.9; the books agree")
    }
}
