//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use super::level::Level;
use crate::house::Database;
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) database: Database,
    pub(super) levels: Vec<Beside>,
}

/// danpay, and what the bare database did in the same minute.
#[derive(Serialize)]
pub(super) struct Beside {
    #[serde(flatten)]
    level: Level,
    limit_per_s: f64,
    /// danpay's payments a second by the bare database's.
    of_limit: f64,
}

impl Beside {
    pub(super) fn new(level: Level, limit_per_s: f64) -> Self {
        Self {
            of_limit: level.payments_per_s / limit_per_s,
            level,
            limit_per_s,
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "payers  payments/s  bare {:?}  of it  create p50 /   p99 / p99.9  return p50 /   p99 / p99.9  \
             CPU µs: danpay  sandbox  generator  memory",
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

impl Display for Beside {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self {
            level,
            limit_per_s,
            of_limit,
        } = self;
        let percent = of_limit * 100.0;
        write!(
            f,
            "{:>6}  {:>10.0}  {limit_per_s:>11.0} {percent:>5.0}%  {:>26}  {:>26}  \
             {:>14.0}  {:>7.0}  {:>8.0}%  {:>3} MiB",
            level.payers,
            level.payments_per_s,
            level.create.to_string(),
            level.come_back.to_string(),
            level.spent.cpu_us,
            level.spent.beside_us,
            level.spent.generator_share * 100.0,
            level.resident_kib / 1024,
        )
    }
}
