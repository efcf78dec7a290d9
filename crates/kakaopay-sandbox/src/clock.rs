//! The sandbox's time: the machine's clock plus an offset that tests move, or a frozen instant.
//! Everything else is given "now", so fifteen minutes pass when a test says so.
//! Invariant: this is the only place that reads the machine's clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(crate) struct Clock {
    /// Where it begins, and where a reset leads back to.
    begins_at: Option<Timestamp>,
    hands: Mutex<Hands>,
    /// Wakes whoever waits for an instant when the hands are moved.
    moved: Notify,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Hands {
    /// The instant it stands at, if it does not run.
    frozen_at: Option<Timestamp>,
    offset: SignedDuration,
}

impl Clock {
    /// Follows the machine's clock, or stands still at the given instant.
    pub(crate) fn new(frozen_at: Option<Timestamp>) -> Self {
        let hands = Mutex::new(Hands::beginning(frozen_at));
        Self {
            begins_at: frozen_at,
            hands,
            moved: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.hands().now()
    }

    pub(crate) fn offset(&self) -> SignedDuration {
        self.hands().offset
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.hands().frozen_at.is_some()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.turn(|hands| hands.offset = hands.offset.saturating_add(by));
    }

    /// Goes to an instant, forwards or back, and runs on or stands there as it did before.
    pub(crate) fn set(&self, to: Timestamp) {
        self.turn(|hands| {
            let by = to.duration_since(hands.now());
            hands.offset = hands.offset.saturating_add(by);
        });
    }

    /// Stands still at what it shows.
    pub(crate) fn freeze(&self) {
        self.turn(|hands| hands.frozen_at = hands.frozen_at.or_else(|| Some(machine_time())));
    }

    /// Runs on from what it shows.
    pub(crate) fn run(&self) {
        self.turn(|hands| {
            *hands = Hands {
                frozen_at: None,
                offset: hands.now().duration_since(machine_time()),
            };
        });
    }

    /// As it began.
    pub(crate) fn reset(&self) {
        self.turn(|hands| *hands = Hands::beginning(self.begins_at));
    }

    /// Where the hands stand, to be kept.
    pub(crate) fn saved(&self) -> Hands {
        *self.hands()
    }

    pub(crate) fn load(&self, saved: Hands) {
        self.turn(|hands| *hands = saved);
    }

    /// Waits until it is that instant here, however the hands get there.
    pub(crate) async fn reached(&self, at: Timestamp) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Listens before it looks, so that no move is missed in between.
            moved.as_mut().enable();
            let left = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            if self.is_frozen() {
                moved.await;
            } else {
                tokio::select! {
                    () = moved => {}
                    () = tokio::time::sleep(left) => {}
                }
            }
        }
    }

    fn turn(&self, how: impl FnOnce(&mut Hands)) {
        how(&mut self.hands());
        self.moved.notify_waiters();
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn beginning(frozen_at: Option<Timestamp>) -> Self {
        Self {
            frozen_at,
            offset: SignedDuration::ZERO,
        }
    }

    fn now(&self) -> Timestamp {
        let base = self.frozen_at.unwrap_or_else(machine_time);
        // At the far end of time the clock stops instead of failing.
        base.checked_add(self.offset).unwrap_or(Timestamp::MAX)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that all others ask"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

/// Korea's time: it has had no other all the year round since 1988.
pub(crate) const KOREA: Offset = Offset::constant(9);

/// KakaoPay writes Korean time without an offset and without fractions.
pub(crate) fn korean_time(at: Timestamp) -> String {
    KOREA
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
    fn a_clock_that_was_stopped_shows_what_it_showed_and_runs_on_from_there() {
        let clock = Clock::new(None);
        clock.advance(Duration::from_hours(1));
        clock.freeze();
        let stopped = clock.now();
        assert!(clock.is_frozen());
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now(), stopped + SignedDuration::from_mins(1));
        clock.run();
        assert!(!clock.is_frozen());
        assert!(clock.now() >= stopped + SignedDuration::from_mins(1));
    }

    #[test]
    fn a_clock_can_be_set_and_goes_back_to_its_beginning() {
        let start: Timestamp = "2024-07-30T11:50:27Z".parse().unwrap();
        let before = start - SignedDuration::from_hours(24);
        let clock = Clock::new(Some(start));
        clock.set(before);
        assert_eq!(clock.now(), before);
        clock.run();
        clock.reset();
        assert_eq!(clock.now(), start);
    }

    #[tokio::test]
    async fn an_instant_is_reached_when_a_standing_clock_is_moved_there() {
        let start: Timestamp = "2024-07-30T11:50:27Z".parse().unwrap();
        let clock = Clock::new(Some(start));
        let due = start + SignedDuration::from_secs(60);
        let moves = async {
            clock.advance(Duration::from_secs(30));
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(30));
        };
        tokio::join!(clock.reached(due), moves);
        assert_eq!(clock.now(), due);
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
