//! What a process has taken of the machine, as Linux tells it under `/proc`.

use std::fmt::{Display, Formatter};
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde::Serialize;

/// `/proc` counts in hundredths of a second on every machine that we run on (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// Who takes processor time while something is measured.
#[derive(Clone, Copy)]
pub(crate) struct Processes {
    pub(crate) measured: u32,
    /// What the measured one talks to, if that is a process of its own.
    pub(crate) beside: Option<u32>,
    /// The first process of its database, if that has processes of its own.
    pub(crate) database: Option<u32>,
}

/// Processor time of what is measured, of what it talks to and of the one who measures it.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    measured: Duration,
    beside: Duration,
    database: Duration,
    own: Duration,
}

/// The same, for each piece of work.
#[derive(Serialize)]
pub(crate) struct SpentOnEach {
    pub(crate) cpu_us: f64,
    /// Of what it talks to.
    pub(crate) beside_us: f64,
    pub(crate) database_us: f64,
    pub(crate) generator_us: f64,
    /// The load generator's share of what all spent.
    pub(crate) generator_share: f64,
}

impl Processes {
    pub(crate) fn alone(measured: u32) -> Self {
        Self {
            measured,
            beside: None,
            database: None,
        }
    }

    pub(crate) fn spent_so_far(self) -> Result<Spent> {
        Ok(Spent {
            measured: cpu(self.measured)?,
            beside: self.beside.map_or(Ok(Duration::ZERO), cpu)?,
            database: (self.database).map_or(Ok(Duration::ZERO), cpu_with_children)?,
            own: cpu(std::process::id())?,
        })
    }
}

impl Spent {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            measured: self.measured.saturating_sub(before.measured),
            beside: self.beside.saturating_sub(before.beside),
            database: self.database.saturating_sub(before.database),
            own: self.own.saturating_sub(before.own),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of payments is far below 2^52"
    )]
    pub(crate) fn on_each(self, of: u64) -> SpentOnEach {
        let all = self.measured + self.beside + self.database + self.own;
        let us_on_each = |spent: Duration| spent.as_secs_f64() * 1e6 / of as f64;
        SpentOnEach {
            cpu_us: us_on_each(self.measured),
            beside_us: us_on_each(self.beside),
            database_us: us_on_each(self.database),
            generator_us: us_on_each(self.own),
            generator_share: self.own.div_duration_f64(all),
        }
    }
}

impl Display for SpentOnEach {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let percent = self.generator_share * 100.0;
        write!(f, "{:>8.0} µs  {percent:>8.0}%", self.cpu_us)
    }
}

/// Its processor time so far, of all threads, in user and kernel mode.
fn cpu(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    cpu_of(&stat).ok_or_else(|| anyhow!("{path} is not as expected"))
}

/// The same, with that of the children that it has now; none of them ends while it is measured.
fn cpu_with_children(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let mut all = cpu(pid)?;
    for child in children.split_whitespace() {
        all += cpu(child.parse()?)?;
    }
    Ok(all)
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
        let spent = |measured, beside, database, own| Spent {
            measured: Duration::from_secs(measured),
            beside: Duration::from_secs(beside),
            database: Duration::from_secs(database),
            own: Duration::from_secs(own),
        };
        let each = spent(13, 7, 5, 3).since(spent(10, 5, 4, 1));
        let each = each.on_each(1_000);
        let us = [each.cpu_us, each.beside_us, each.database_us];
        for (us, expected) in us.into_iter().zip([3_000.0, 2_000.0, 1_000.0]) {
            assert!((us - expected).abs() < 1e-6, "{us}");
        }
        assert!((each.generator_share - 2.0 / 8.0).abs() < 1e-6);
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident_kib(std::process::id()).unwrap() > 0);
        cpu_with_children(std::process::id()).unwrap();
    }
}
