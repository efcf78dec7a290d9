//! The figures, for a person as a table and for a program as JSON.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use serde::Serialize;

use super::endurance::Endurance;
use super::level::Level;
use crate::latency::Latencies;
use crate::machine::Machine;
use crate::process::SpentOnEach;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) load_after: Option<f64>,
    pub(super) starts: Starts,
    pub(super) levels: Vec<Level>,
    pub(super) endurance: Endurance,
}

/// From the start of the process until its ready file was there.
#[derive(Serialize)]
pub(super) struct Starts {
    count: usize,
    median_ms: f64,
    slowest_ms: f64,
}

impl Starts {
    pub(super) fn of(mut starts: Vec<Duration>) -> Self {
        starts.sort_unstable();
        let ms =
            |start: Option<&Duration>| start.map_or(f64::NAN, |start| start.as_secs_f64() * 1e3);
        Self {
            count: starts.len(),
            median_ms: ms(starts.get(starts.len() / 2)),
            slowest_ms: ms(starts.last()),
        }
    }
}

/// How long one of the calls took while all three were made in turn.
#[derive(Serialize)]
pub(super) struct Call {
    p50_us: Option<u32>,
    p99_us: Option<u32>,
}

impl Call {
    pub(super) fn of(latencies: &Latencies) -> Self {
        Self {
            p50_us: latencies.percentile_us(50),
            p99_us: latencies.percentile_us(99),
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let ms = |us: Option<u32>| us.map_or(f64::NAN, |us| f64::from(us) / 1e3);
        write!(f, "{:6.2} /{:6.2}", ms(self.p50_us), ms(self.p99_us))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of payments is far below 2^52"
)]
pub(super) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let after = self.load_after.unwrap_or(f64::NAN);
        writeln!(f, "{}, {after} after\n", self.machine)?;
        writeln!(f, "{}\n", self.starts)?;
        writeln!(
            f,
            "connections  payments/s  ready+approve/s   ready p50/p99   payer p50/p99 approve p50/p99  \
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

impl Display for Starts {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (median, slowest) = (self.median_ms, self.slowest_ms);
        write!(
            f,
            "start to ready: {median:.1} ms (median of {}, slowest {slowest:.1} ms)",
            self.count
        )
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

impl Display for SpentOnEach {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let percent = self.generator_share * 100.0;
        write!(f, "{:>8.0} µs  {percent:>8.0}%", self.cpu_us)
    }
}
