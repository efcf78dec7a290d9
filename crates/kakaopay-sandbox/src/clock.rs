//! The sandbox's time: the machine's clock plus an offset that tests move, or a frozen instant.
//! Everything else is given "now", so fifteen minutes pass when a test says so.
//! Invariant: this is the only place that reads the machine's clock.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

pub(crate) struct Clock {
    frozen_at: Option<Timestamp>,
    offset: Mutex<SignedDuration>,
}

impl Clock {
    /// Follows the machine's clock, or stands still at the given instant.
    pub(crate) fn new(frozen_at: Option<Timestamp>) -> Self {
        Self {
            frozen_at,
            offset: Mutex::new(SignedDuration::ZERO),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let base = self.frozen_at.unwrap_or_else(machine_time);
        // At the far end of time the clock stops instead of failing.
        base.checked_add(self.offset()).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn offset(&self) -> SignedDuration {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(by);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that all others ask"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

/// KakaoPay writes Korean time without an offset and without fractions.
pub(crate) fn korean_time(at: Timestamp) -> String {
    Offset::constant(9)
        .to_datetime(at)
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let start: Timestamp = "2024-07-30T11:50:27Z".parse().unwrap();
        let clock = Clock::new(Some(start));
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_mins(15));
        assert_eq!(clock.now(), start + SignedDuration::from_mins(15));
    }

    #[test]
    fn advancing_without_end_stops_at_the_end_of_time() {
        let clock = Clock::new(None);
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[test]
    fn korean_time_is_nine_hours_ahead_and_has_neither_offset_nor_fraction() {
        let at: Timestamp = "2024-07-30T11:50:27.987Z".parse().unwrap();
        assert_eq!(korean_time(at), "2024-07-30T20:50:27");
    }
}
