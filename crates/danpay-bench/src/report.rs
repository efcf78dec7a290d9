//! What several reports are made of.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use serde::Serialize;

/// From the start of the process until it served.
#[derive(Serialize)]
pub(crate) struct Starts {
    count: usize,
    median_ms: f64,
    slowest_ms: f64,
}

impl Starts {
    pub(crate) fn of(mut starts: Vec<Duration>) -> Self {
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

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of payments is far below 2^52"
)]
pub(crate) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

impl Display for Starts {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let (median, slowest) = (self.median_ms, self.slowest_ms);
        write!(
            f,
            "start to ready: {median:.1} ms (median of {}, slowest {slowest:.1} ms)",
            self.count
        )
    }
}
