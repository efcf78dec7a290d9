//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use danpay_testkit::DatabaseKind;
use serde::Serialize;

use super::level::Level;
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) database: DatabaseKind,
    pub(super) levels: Vec<Level>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "on {:?}\npayers  payments/s  create p50 /   p99 / p99.9  return p50 /   p99 / p99.9  \
             CPU µs: danpay  PostgreSQL  sandbox  generator  memory",
            self.database
        )?;
        for level in &self.levels {
            writeln!(f, "{level}")?;
        }
        write!(
            f,
            "times in ms; CPU time a payment; the books agree with the sandbox's ledger"
        )
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let spent = &self.spent;
        write!(
            f,
            "{:>6}  {:>10.0}  {:>26}  {:>26}  {:>14.0}  {:>10.0}  {:>7.0}  {:>8.0}%  {:>3} MiB",
            self.payers,
            self.payments_per_s,
            self.create.to_string(),
            self.come_back.to_string(),
            spent.cpu_us,
            spent.database_us,
            spent.beside_us,
            spent.generator_share * 100.0,
            self.resident_kib / 1024,
        )
    }
}
