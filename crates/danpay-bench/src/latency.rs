//! How long calls took.
//! Invariant: every call counts, the slowest too; nothing is sampled or cut off.

use std::time::Duration;

#[derive(Default)]
pub(crate) struct Latencies {
    us: Vec<u32>,
}

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.us
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.us.extend(other.us);
    }

    /// The smallest time, in microseconds, that this share of all calls did not exceed.
    pub(crate) fn percentile_us(&self, percent: usize) -> Option<u32> {
        let mut sorted = self.us.clone();
        let rank = (sorted.len() * percent).div_ceil(100);
        let index = rank.max(1) - 1;
        if index >= sorted.len() {
            return None;
        }
        Some(*sorted.select_nth_unstable(index).1)
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

    #[test]
    fn a_percentile_is_a_time_that_was_measured_and_the_order_of_calls_does_not_matter() {
        let falling = latencies((1..=100).rev());
        assert_eq!(falling.percentile_us(50), Some(50));
        assert_eq!(falling.percentile_us(99), Some(99));
        assert_eq!(falling.percentile_us(100), Some(100));
    }

    #[test]
    fn a_single_call_is_every_percentile_and_no_call_is_none() {
        assert_eq!(latencies([7]).percentile_us(50), Some(7));
        assert_eq!(latencies([7]).percentile_us(99), Some(7));
        assert_eq!(latencies([]).percentile_us(50), None);
    }

    #[test]
    fn what_several_connections_measured_counts_together() {
        let mut all = latencies([1, 2]);
        all.merge(latencies([9, 10]));
        assert_eq!(all.percentile_us(50), Some(2));
        assert_eq!(all.percentile_us(99), Some(10));
    }
}
