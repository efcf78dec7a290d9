//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use super::{Level, Who};
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) levels: Vec<Level>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(
            f,
            "KakaoPay  buyers           payments/s  refused  waited          create p50 /   p99 / p99.9  \
                       return p50 /   p99 / p99.9   memory  /livez at most"
        )?;
        for level in &self.levels {
            writeln!(f, "{level}")?;
        }
        write!(
            f,
            "times in ms; danpay's books agree with the sandbox's ledger"
        )
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let who = match self.who {
            Who::Danpay => "danpay",
            Who::Express => "Express",
        };
        write!(
            f,
            "{:>5} ms  {:>6}  {who:>7}  {:>10.0}  {:>7}  {:>6}  {:>32}  {:>32}  {:>3} MiB",
            self.millis,
            self.buyers,
            self.payments_per_s,
            self.refused,
            self.waited,
            self.create.to_string(),
            self.come_back.to_string(),
            self.resident_kib / 1024,
        )?;
        match self.livez_max_ms {
            Some(ms) => write!(f, "  {ms:>8.0} ms"),
            None => Ok(()),
        }
    }
}
