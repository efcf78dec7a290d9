//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use super::endurance::Endurance;
use super::level::Level;
use crate::machine::Machine;
use crate::report::Starts;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) starts: Starts,
    pub(super) levels: Vec<Level>,
    pub(super) endurance: Endurance,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(f, "{}\n", self.starts)?;
        writeln!(
            f,
            "connections  payments/s  ready+approve/s      ready p50/p99/p99.9    payer p50/p99/p99.9  approve p50/p99/p99.9  \
             CPU/payment  generator"
        )?;
        for level in &self.levels {
            writeln!(f, "{level}")?;
        }
        writeln!(
            f,
            "times in ms; CPU time of the sandbox alone; the load generator's share of that of both\n"
        )?;
        write!(f, "{}", self.endurance)
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{:>11}  {:>10.0}  {:>15.0}  {}  {}  {}  {}",
            self.connections,
            self.payments_per_s,
            self.ready_approve_per_s,
            self.ready,
            self.payer,
            self.approve,
            self.spent
        )
    }
}

impl Display for Endurance {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (payments, per_s) = (self.payments, self.payments_per_s);
        writeln!(f, "{payments} payments: {per_s:.0}/s, {}", self.spent)?;
        for memory in &self.memory {
            let mib = memory.resident_kib / 1024;
            writeln!(f, "{mib:>11} MiB after {}", memory.payments)?;
        }
        Ok(())
    }
}
