//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use serde::Serialize;

use super::arrivals::Rate;
use crate::house::Database;
use crate::machine::{self, Machine};

#[derive(Serialize)]
pub(super) struct Report {
    machine: Machine,
    load_after: Option<f64>,
    database: Database,
    rates: Vec<Rate>,
    own_max_ms: u128,
    /// The highest rate at which danpay's own time stayed below that.
    holds_per_s: Option<u32>,
}

impl Report {
    pub(super) fn new(
        machine: Machine,
        database: Database,
        rates: Vec<Rate>,
        own_max: Duration,
    ) -> Self {
        let holding = rates.iter().filter(|rate| rate.holds(own_max));
        Self {
            machine,
            load_after: machine::load(),
            database,
            holds_per_s: holding.map(|rate| rate.per_s).max(),
            rates,
            own_max_ms: own_max.as_millis(),
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "arrivals/s  payments  create p50 /   p99 / p99.9  return p50 /   p99 / p99.9  \
             CPU µs: danpay  sandbox  generator  memory"
        )?;
        for rate in &self.rates {
            writeln!(f, "{rate}")?;
        }
        writeln!(
            f,
            "danpay's own time in ms, without KakaoPay's; the books agree with the sandbox's ledger"
        )?;
        let max = self.own_max_ms;
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
            "{:>10}  {:>8}  {:>26}  {:>26}  {:>14.0}  {:>7.0}  {:>8.0}%  {:>3} MiB",
            self.per_s,
            self.arrived,
            self.create.to_string(),
            self.come_back.to_string(),
            self.spent.cpu_us,
            self.spent.beside_us,
            self.spent.generator_share * 100.0,
            self.resident_kib / 1024,
        )
    }
}
