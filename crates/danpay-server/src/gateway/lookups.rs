//! How many lookups may be made now. Pure: the time is an argument.
//!
//! **Invariant**: never more than so many a second, whoever asks for them, and none while KakaoPay
//! wants to be left alone.

use jiff::{SignedDuration, Timestamp};

use super::rest::Rest;
use crate::limits;

/// The first rest after KakaoPay has turned a call away without saying for how long; it doubles.
/// A quota is a day's (KakaoPay's documents give no figure), so haste gains nothing.
const REST: SignedDuration = SignedDuration::from_secs(10);
const REST_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Lookups that are left, filled up as time passes.
#[derive(Debug)]
pub(super) struct Lookups {
    per_second: u32,
    left: u32,
    filled_at: Timestamp,
    resting: Rest,
    /// How often in a row KakaoPay has turned a call away.
    turned_away: u32,
}

impl Lookups {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            left: per_second,
            filled_at: Timestamp::MIN,
            resting: Rest::default(),
            turned_away: 0,
        }
    }

    /// What is left.
    fn free(&mut self, now: Timestamp) -> u32 {
        if self.resting.left(now).is_some() {
            return 0;
        }
        // A second's worth at a time: simple, and at most twice as many in one that straddles two.
        if now.duration_since(self.filled_at) >= SignedDuration::from_secs(1)
            || now < self.filled_at
        {
            (self.left, self.filled_at) = (self.per_second, now);
        }
        self.left
    }

    /// What is left of so many a second, if KakaoPay takes no more.
    pub(super) fn free_of(&mut self, now: Timestamp, per_second: Option<u32>) -> u32 {
        let free = self.free(now);
        let barred = per_second.map_or(0, |few| self.per_second.saturating_sub(few));
        free.saturating_sub(barred)
    }

    /// Takes up to `most` of that.
    pub(super) fn take(&mut self, now: Timestamp, most: u32, per_second: Option<u32>) -> u32 {
        let taken = most.min(self.free_of(now, per_second));
        self.left -= taken;
        taken
    }

    /// Gives back what was not needed.
    pub(super) fn give_back(&mut self, unused: u32) {
        self.left = self.left.saturating_add(unused).min(self.per_second);
    }

    /// KakaoPay has turned a call away; gives how long it is left alone.
    pub(super) fn rest(&mut self, now: Timestamp, told: Option<SignedDuration>) -> SignedDuration {
        let rest = REST * (1 << self.turned_away.min(8));
        let rest = told.map_or(rest.min(REST_MAX), |told| told.min(limits::REST_MAX));
        self.turned_away = self.turned_away.saturating_add(1);
        // Another call may have been told of a longer one.
        if self.resting.left(now).is_none_or(|left| left < rest) {
            self.resting = Rest::new(now, rest);
        }
        rest
    }

    /// KakaoPay has answered something else.
    pub(super) fn heard(&mut self) {
        self.turned_away = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_second_has_so_many_and_no_more() {
        let mut lookups = Lookups::new(20);
        assert_eq!(lookups.take(at(0), 10, None), 10);
        assert_eq!(lookups.take(at(0), 6, None), 6);
        assert_eq!(lookups.take(at(500), 16, None), 4);
        assert_eq!(lookups.take(at(900), 16, None), 0);
        assert_eq!(lookups.take(at(1_000), 16, None), 16);
        lookups.give_back(10);
        assert_eq!(lookups.take(at(1_001), 16, None), 14);
    }

    #[test]
    fn of_a_second_that_has_fewer_no_more_are_taken() {
        let mut lookups = Lookups::new(20);
        assert_eq!(lookups.take(at(0), 16, Some(5)), 5);
        assert_eq!(lookups.take(at(500), 16, Some(5)), 0);
        assert_eq!(lookups.take(at(1_000), 3, Some(5)), 3);
    }

    #[test]
    fn none_is_made_while_kakaopay_wants_to_be_left_alone() {
        let mut lookups = Lookups::new(20);
        let told = SignedDuration::from_secs(30);
        assert_eq!(lookups.rest(at(0), Some(told)), told);
        assert_eq!(lookups.take(at(29_999), 1, None), 0);
        assert_eq!(lookups.take(at(30_000), 1, None), 1);
    }

    #[test]
    fn the_longest_of_several_rests_counts() {
        let mut lookups = Lookups::new(20);
        for (second, told, until) in [(0, 60, 60), (30, 10, 60), (40, 90, 130)] {
            lookups.rest(at(second * 1_000), Some(SignedDuration::from_secs(told)));
            assert_eq!(lookups.free(at(until * 1_000 - 1)), 0, "{until}");
        }
        assert_eq!(lookups.free(at(130_000)), 20);
    }

    #[test]
    fn no_rest_is_longer_than_ten_minutes_whatever_kakaopay_says() {
        let mut lookups = Lookups::new(20);
        for told in [
            SignedDuration::from_secs(3_000_000_000),
            SignedDuration::MAX,
        ] {
            assert_eq!(
                lookups.rest(at(0), Some(told)),
                SignedDuration::from_mins(10)
            );
        }
        assert_eq!(lookups.take(at(600_000), 1, None), 1);
    }

    #[test]
    fn untold_rests_double_until_something_else_is_heard() {
        let mut lookups = Lookups::new(20);
        let mut rests = Vec::new();
        for _ in 0..7 {
            rests.push(lookups.rest(at(0), None).as_secs());
        }
        assert_eq!(rests, [10, 20, 40, 80, 160, 300, 300]);
        lookups.heard();
        assert_eq!(lookups.rest(at(0), None), REST);
    }

    #[test]
    fn a_clock_that_jumps_back_stops_nothing() {
        let mut lookups = Lookups::new(5);
        assert_eq!(lookups.take(at(100_000), 9, None), 5);
        assert_eq!(lookups.take(at(0), 9, None), 5);
        lookups.rest(at(50_000), Some(SignedDuration::from_secs(30)));
        assert_eq!(lookups.take(at(60_000), 1, None), 0);
        assert_eq!(lookups.take(at(20_000), 1, None), 1);
    }
}
