//! The figures, for a person and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use danpay_testkit::DatabaseKind;
use danpay_testkit::audit::Totals;
use serde::Serialize;

use super::payers::Paid;
use crate::latency::Call;
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) database: DatabaseKind,
    pub(super) in_doubt: u64,
    pub(super) outage_s: f64,
    /// Until danpay says no more that many wait.
    pub(super) until_few_s: f64,
    /// Until the books agree and nothing is in doubt.
    pub(super) settled_s: f64,
    /// Payers at their pages, until it was known how their payments stand.
    pub(super) waited: Call,
    pub(super) before: Paid,
    pub(super) meanwhile: Paid,
    pub(super) books: Totals,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "{} payments left in doubt by {:.0} s on {:?}: few were left after {:.0} s, none after {:.0} s",
            self.in_doubt, self.outage_s, self.database, self.until_few_s, self.settled_s
        )?;
        writeln!(f, "payers who waited at their page: {}", self.waited)?;
        for (when, paid) in [("before", &self.before), ("meanwhile", &self.meanwhile)] {
            writeln!(
                f,
                "new payments {when}: {}, create {}, return {}",
                paid.payments, paid.create, paid.come_back
            )?;
        }
        write!(
            f,
            "times in ms: p50 / p99 / p99.9; the books agree with the sandbox's ledger"
        )
    }
}
