//! How many calls are taken in a second, where a tester has set a limit.
//! That KakaoPay counts by the second is our guess: its documents know a quota of a day alone.
//! Invariant: without a limit every call is taken; one that is turned away does not count.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// The limit, and what came in the second that is passing.
pub(crate) struct Rate {
    most: Option<u32>,
    passing: Mutex<Option<(Instant, u32)>>,
}

impl Rate {
    pub(crate) fn of(most: Option<u32>) -> Self {
        Self {
            most,
            passing: Mutex::default(),
        }
    }

    /// Whether a call that came then is taken.
    pub(crate) fn takes(&self, came: Instant) -> bool {
        let Some(most) = self.most else { return true };
        let mut passing = self.passing.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, calls) = passing
            .filter(|(since, _)| came.saturating_duration_since(*since) < SECOND)
            .unwrap_or((came, 0));
        let takes = calls < most;
        *passing = Some((since, calls + u32::from(takes)));
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_taken_in_each_second() {
        let (rate, begun) = (Rate::of(Some(2)), Instant::now());
        let taken = [0, 10, 20, 999, 1_000, 1_001, 1_002, 2_500].map(|millis| {
            let came = begun + Duration::from_millis(millis);
            rate.takes(came)
        });
        assert_eq!(taken, [true, true, false, false, true, true, false, true]);
        let unlimited = Rate::of(None);
        assert!((0..1_000).all(|_| unlimited.takes(begun)));
    }
}
