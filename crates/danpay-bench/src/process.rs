//! What a process has taken of the machine, as Linux tells it under `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

/// `/proc` counts in hundredths of a second on every machine that we run on (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// Processor time of what is measured and of the one who measures it.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    measured: Duration,
    own: Duration,
}

/// The same, for each piece of work.
#[derive(Serialize)]
pub(crate) struct SpentOnEach {
    pub(crate) cpu_us: f64,
    /// The load generator's share of what both spent.
    pub(crate) generator_share: f64,
}

impl Spent {
    pub(crate) fn so_far(pid: u32) -> Result<Self> {
        Ok(Self {
            measured: cpu(pid)?,
            own: cpu(std::process::id())?,
        })
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            measured: self.measured.saturating_sub(before.measured),
            own: self.own.saturating_sub(before.own),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of payments is far below 2^52"
    )]
    pub(crate) fn on_each(self, of: u64) -> SpentOnEach {
        let both = self.measured + self.own;
        SpentOnEach {
            cpu_us: self.measured.as_secs_f64() * 1e6 / of as f64,
            generator_share: self.own.div_duration_f64(both),
        }
    }
}

/// Its processor time so far, of all threads, in user and kernel mode.
fn cpu(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    cpu_of(&stat).ok_or_else(|| anyhow!("{path} is not as expected"))
}

/// Its resident memory now, in KiB.
pub(crate) fn resident_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    resident_of(&status).ok_or_else(|| anyhow!("{path} is not as expected"))
}

fn cpu_of(stat: &str) -> Option<Duration> {
    // The name stands in brackets and may hold spaces and brackets itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u32 = times.next()?.parse().ok()?;
    let kernel: u32 = times.next()?.parse().ok()?;
    Some(TICK * (user + kernel))
}

fn resident_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_user_and_in_kernel_mode_count_together_whatever_a_process_calls_itself() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 900 0 3 0 150 25 0 0 20 0 3 0 8 9 10";
        assert_eq!(cpu_of(stat), Some(Duration::from_millis(1750)));
    }

    #[test]
    fn resident_memory_is_not_taken_for_its_peak() {
        let status = "VmHWM:\t   9000 kB\nVmRSS:\t   8123 kB\nThreads:\t3\n";
        assert_eq!(resident_of(status), Some(8123));
    }

    #[test]
    fn what_was_spent_before_does_not_count() {
        let spent = |measured, own| Spent {
            measured: Duration::from_secs(measured),
            own: Duration::from_secs(own),
        };
        let each = spent(13, 2).since(spent(10, 1)).on_each(1_000);
        assert!((each.cpu_us - 3_000.0).abs() < 1e-6);
        assert!((each.generator_share - 0.25).abs() < 1e-6);
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident_kib(std::process::id()).unwrap() > 0);
        cpu(std::process::id()).unwrap();
    }
}
