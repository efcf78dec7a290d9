//! How long calls took.
//! Invariant: every call counts, the slowest too; nothing is sampled or cut off.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use serde::Serialize;

#[derive(Default)]
pub(crate) struct Latencies {
    us: Vec<u32>,
}

/// What half of the calls, 99 % and 99.9 % of them did not exceed.
#[derive(Serialize)]
pub(crate) struct Call {
    pub(crate) p50_us: Option<u32>,
    pub(crate) p99_us: Option<u32>,
    pub(crate) p999_us: Option<u32>,
}

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.us
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn add_if(&mut self, counts: bool, took: Duration) {
        if counts {
            self.add(took);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.us.extend(other.us);
    }

    pub(crate) fn call(mut self) -> Call {
        self.us.sort_unstable();
        Call {
            p50_us: self.of_sorted(500),
            p99_us: self.of_sorted(990),
            p999_us: self.of_sorted(999),
        }
    }

    /// The smallest time, in microseconds, that so many of a thousand calls did not exceed.
    fn of_sorted(&self, per_mille: usize) -> Option<u32> {
        let rank = (self.us.len() * per_mille).div_ceil(1_000);
        self.us.get(rank.max(1) - 1).copied()
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let ms = |us: Option<u32>| us.map_or(f64::NAN, |us| f64::from(us) / 1e3);
        write!(
            f,
            "{:6.2} /{:6.2} /{:6.2}",
            ms(self.p50_us),
            ms(self.p99_us),
            ms(self.p999_us)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies(us: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::default();
        us.into_iter()
            .for_each(|us| latencies.add(Duration::from_micros(us)));
        latencies
    }

    fn figures(latencies: Latencies) -> [Option<u32>; 3] {
        let call = latencies.call();
        [call.p50_us, call.p99_us, call.p999_us]
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured_and_the_order_of_calls_does_not_matter() {
        let falling = latencies((1..=1_000).rev());
        assert_eq!(figures(falling), [Some(500), Some(990), Some(999)]);
    }

    #[test]
    fn a_single_call_is_every_percentile_and_no_call_is_none() {
        assert_eq!(figures(latencies([7])), [Some(7); 3]);
        assert_eq!(figures(latencies([])), [None; 3]);
    }

    #[test]
    fn what_several_connections_measured_counts_together() {
        let mut all = latencies([1, 2]);
        all.merge(latencies([9, 10]));
        assert_eq!(figures(all), [Some(2), Some(10), Some(10)]);
    }
}
