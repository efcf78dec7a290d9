//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use danpay_testkit::DatabaseKind;
use danpay_testkit::audit::Totals;
use serde::Serialize;

use super::OWN_MAX;
use super::arrivals::Rate;
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) database: DatabaseKind,
    pub(super) rates: Vec<Rate>,
    /// The highest rate at which danpay's own time stayed below its limit.
    pub(super) holds_per_s: Option<u32>,
    pub(super) books: Totals,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "arrivals/s  payments  turned away  unfinished  create p50 /   p99 / p99.9  return p50 /   p99 / p99.9  \
             CPU µs: danpay  sandbox  generator  memory"
        )?;
        for rate in &self.rates {
            writeln!(f, "{rate}")?;
        }
        writeln!(
            f,
            "danpay's own time in ms, without KakaoPay's; the books agree with the sandbox's ledger, \
             {} payments still in doubt",
            self.books.in_doubt
        )?;
        let max = OWN_MAX.as_millis();
        match self.holds_per_s {
            Some(rate) => write!(f, "p99 stays below {max} ms at {rate} payments a second"),
            None => write!(f, "p99 stays below {max} ms at no rate that was tried"),
        }
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{:>10}  {:>8}  {:>11}  {:>10}  {:>26}  {:>26}  {:>14.0}  {:>7.0}  {:>8.0}%  {:>3} MiB",
            self.per_s,
            self.arrived,
            self.turned_away,
            self.unfinished,
            self.create.to_string(),
            self.come_back.to_string(),
            self.spent.cpu_us,
            self.spent.beside_us,
            self.spent.generator_share * 100.0,
            self.resident_kib / 1024,
        )
    }
}
