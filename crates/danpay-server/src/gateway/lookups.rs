//! How many lookups may be made now. Pure: the time is an argument.
//!
//! **Invariant**: never more than so many a second, whoever asks for them, and none while KakaoPay
//! wants to be left alone. More than in quiet times are made only while many payments wait for theirs,
//! KakaoPay answers quickly, and the day's budget is not spent.

use danpay_core::timing;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::cool_down::CoolDown;
use crate::limits;

/// The first rest after KakaoPay has turned a call away without saying for how long; it doubles.
/// A quota is a day's (KakaoPay's documents give no figure), so haste gains nothing.
const REST: SignedDuration = SignedDuration::from_secs(10);
const REST_MAX: SignedDuration = SignedDuration::from_mins(5);

/// How long a lookup may take that counts as answered quickly.
const QUICK: SignedDuration = SignedDuration::from_secs(1);

/// How many lookups are made, of one account of KakaoPay's and by one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookupRates {
    /// In a second, at most, in quiet times.
    pub per_second: u32,
    /// In a second, at most, while many payments wait for theirs and KakaoPay answers quickly.
    pub per_second_max: u32,
    /// After so many on a day in Korea no more are made than in quiet times.
    pub per_day: u32,
}

#[cfg(test)]
impl LookupRates {
    /// So many a second, whatever happens.
    pub(crate) fn steady(per_second: u32) -> Self {
        Self {
            per_second,
            per_second_max: per_second,
            per_day: u32::MAX,
        }
    }
}

/// Lookups that are left, filled up as time passes.
#[derive(Debug)]
pub(super) struct Lookups {
    rates: LookupRates,
    per_second: u32,
    left: u32,
    filled_at: Timestamp,
    /// Payments whose lookup is due and not made.
    waiting: u64,
    /// Whether all that was heard since then came quickly.
    is_quick: bool,
    day: Option<Date>,
    made_on_day: u32,
    cool_down: CoolDown,
    /// How often in a row KakaoPay has turned a call away.
    turned_away: u32,
}

impl Lookups {
    pub(super) fn new(rates: LookupRates) -> Self {
        Self {
            rates,
            per_second: rates.per_second,
            left: rates.per_second,
            filled_at: Timestamp::MIN,
            waiting: 0,
            is_quick: true,
            day: None,
            made_on_day: 0,
            cool_down: CoolDown::default(),
            turned_away: 0,
        }
    }

    /// So many payments wait for their lookup now.
    pub(super) fn are_waiting(&mut self, waiting: u64) {
        self.waiting = waiting;
    }

    /// How many are made in a second now.
    pub(super) fn per_second(&self) -> u32 {
        self.per_second
    }

    /// One was answered, after so long.
    pub(super) fn answered(&mut self, took: SignedDuration) {
        self.is_quick &= took <= QUICK;
    }

    /// One had no answer.
    pub(super) fn failed(&mut self) {
        self.is_quick = false;
    }

    /// The next second's: one step up while many wait and answers come quickly, half when they do not.
    fn next_pace(&mut self, now: Timestamp) -> u32 {
        let LookupRates {
            per_second,
            per_second_max,
            per_day,
        } = self.rates;
        let day = Some(timing::korean_day(now));
        if self.day != day {
            (self.day, self.made_on_day) = (day, 0);
        }
        let is_quick = std::mem::replace(&mut self.is_quick, true);
        if self.waiting < limits::MANY_WAITING || self.made_on_day >= per_day {
            return per_second;
        }
        let next = if is_quick {
            self.per_second.saturating_add(per_second)
        } else {
            self.per_second / 2
        };
        next.min(per_second_max).max(per_second)
    }

    /// What is left.
    fn free(&mut self, now: Timestamp) -> u32 {
        if self.cool_down.left(now).is_some() {
            return 0;
        }
        // A second's worth at a time: simple, and at most twice as many in one that straddles two.
        if now.duration_since(self.filled_at) >= SignedDuration::from_secs(1)
            || now < self.filled_at
        {
            self.per_second = self.next_pace(now);
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
        self.made_on_day = self.made_on_day.saturating_add(taken);
        taken
    }

    /// Gives back what was not needed.
    pub(super) fn give_back(&mut self, unused: u32) {
        self.left = self.left.saturating_add(unused).min(self.per_second);
        self.made_on_day = self.made_on_day.saturating_sub(unused);
    }

    /// KakaoPay has turned a call away; gives how long it is left alone.
    pub(super) fn rest(&mut self, now: Timestamp, told: Option<SignedDuration>) -> SignedDuration {
        let rest = REST * (1 << self.turned_away.min(8));
        let rest = told.map_or(rest.min(REST_MAX), |told| told.min(limits::REST_MAX));
        self.turned_away = self.turned_away.saturating_add(1);
        self.is_quick = false;
        // Another call may have been told of a longer one.
        if self.cool_down.left(now).is_none_or(|left| left < rest) {
            self.cool_down = CoolDown::new(now, rest);
        }
        rest
    }

    /// KakaoPay has answered something else.
    pub(super) fn record(&mut self) {
        self.turned_away = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    fn lookups(per_second: u32) -> Lookups {
        Lookups::new(LookupRates::steady(per_second))
    }

    /// More when many wait.
    fn adaptive(per_day: u32) -> Lookups {
        Lookups::new(LookupRates {
            per_second: 20,
            per_second_max: 200,
            per_day,
        })
    }

    /// How many were made in that second, of those that could be.
    fn made(lookups: &mut Lookups, second: i64) -> u32 {
        lookups.take(at(second * 1_000), u32::MAX, None)
    }

    #[test]
    fn while_many_wait_and_answers_come_quickly_the_pace_grows_up_to_its_maximum() {
        let mut lookups = adaptive(u32::MAX);
        assert_eq!(made(&mut lookups, 0), 20);
        lookups.are_waiting(limits::MANY_WAITING - 1);
        assert_eq!(made(&mut lookups, 1), 20, "a few wait");
        lookups.are_waiting(50_000);
        let grown: Vec<_> = (2..13).map(|second| made(&mut lookups, second)).collect();
        assert_eq!(grown, [40, 60, 80, 100, 120, 140, 160, 180, 200, 200, 200]);
        lookups.are_waiting(10);
        assert_eq!(made(&mut lookups, 13), 20, "quiet times");
    }

    #[test]
    fn the_pace_is_halved_by_slow_answers_by_none_and_by_a_call_turned_away() {
        type Trouble = fn(&mut Lookups);
        let troubles: [Trouble; 3] = [
            |lookups| lookups.answered(SignedDuration::from_millis(1_001)),
            Lookups::failed,
            |lookups| _ = lookups.rest(at(9_000), Some(SignedDuration::ZERO)),
        ];
        for trouble in troubles {
            let mut lookups = adaptive(u32::MAX);
            lookups.are_waiting(50_000);
            for second in 0..9 {
                made(&mut lookups, second);
                lookups.answered(SignedDuration::from_secs(1));
            }
            assert_eq!(made(&mut lookups, 9), 200);
            trouble(&mut lookups);
            assert_eq!(made(&mut lookups, 10), 100);
            assert_eq!(made(&mut lookups, 11), 120);
        }
    }

    #[test]
    fn the_pace_never_falls_below_that_of_quiet_times() {
        let mut lookups = adaptive(u32::MAX);
        lookups.are_waiting(50_000);
        for second in 0..5 {
            lookups.failed();
            assert_eq!(made(&mut lookups, second), 20);
        }
    }

    #[test]
    fn once_the_days_budget_is_spent_the_pace_is_that_of_quiet_times_until_midnight_in_korea() {
        let mut lookups = adaptive(100);
        lookups.are_waiting(50_000);
        // 1,800,000,000 is 17:00 in Korea.
        let midnight = 7 * 3_600;
        let made: Vec<_> = [0, 1, 2, 3, midnight - 1, midnight, midnight + 1]
            .map(|second| made(&mut lookups, second))
            .into();
        assert_eq!(made, [40, 60, 20, 20, 20, 40, 60]);
    }

    #[test]
    fn a_second_has_so_many_and_no_more() {
        let mut lookups = lookups(20);
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
        let mut lookups = lookups(20);
        assert_eq!(lookups.take(at(0), 16, Some(5)), 5);
        assert_eq!(lookups.take(at(500), 16, Some(5)), 0);
        assert_eq!(lookups.take(at(1_000), 3, Some(5)), 3);
    }

    #[test]
    fn none_is_made_while_kakaopay_wants_to_be_left_alone() {
        let mut lookups = lookups(20);
        let told = SignedDuration::from_secs(30);
        assert_eq!(lookups.rest(at(0), Some(told)), told);
        assert_eq!(lookups.take(at(29_999), 1, None), 0);
        assert_eq!(lookups.take(at(30_000), 1, None), 1);
    }

    #[test]
    fn the_longest_of_several_rests_counts() {
        let mut lookups = lookups(20);
        for (second, told, until) in [(0, 60, 60), (30, 10, 60), (40, 90, 130)] {
            lookups.rest(at(second * 1_000), Some(SignedDuration::from_secs(told)));
            assert_eq!(lookups.free(at(until * 1_000 - 1)), 0, "{until}");
        }
        assert_eq!(lookups.free(at(130_000)), 20);
    }

    #[test]
    fn no_rest_is_longer_than_ten_minutes_whatever_kakaopay_says() {
        let mut lookups = lookups(20);
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
        let mut lookups = lookups(20);
        let mut cool_downs = Vec::new();
        for _ in 0..7 {
            cool_downs.push(lookups.rest(at(0), None).as_secs());
        }
        assert_eq!(cool_downs, [10, 20, 40, 80, 160, 300, 300]);
        lookups.record();
        assert_eq!(lookups.rest(at(0), None), REST);
    }

    #[test]
    fn a_clock_that_jumps_back_stops_nothing() {
        let mut lookups = lookups(5);
        assert_eq!(lookups.take(at(100_000), 9, None), 5);
        assert_eq!(lookups.take(at(0), 9, None), 5);
        lookups.rest(at(50_000), Some(SignedDuration::from_secs(30)));
        assert_eq!(lookups.take(at(60_000), 1, None), 0);
        assert_eq!(lookups.take(at(20_000), 1, None), 1);
    }
}
