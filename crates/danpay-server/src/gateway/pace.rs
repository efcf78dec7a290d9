//! How many calls to KakaoPay are under way at once. Pure: the time is an argument.
//!
//! It is found out as TCP finds out what a line takes: each answer makes room for one more call, as long as
//! answers come as quickly as they did; where many calls fail together, there is room for a third less, and
//! after that it grows slowly.
//!
//! **Invariant**: never below what is made in any case and never above what the settings allow; and a
//! failure now and then, as every line has it, changes nothing.

use jiff::{SignedDuration, Timestamp};

/// Calls under way at once, to one account of KakaoPay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallsAtOnce {
    /// In any case.
    pub least: usize,
    /// To begin with.
    pub first: usize,
    /// At most.
    pub most: usize,
}

impl CallsAtOnce {
    /// What danpay does, up to so many.
    #[must_use]
    pub fn up_to(most: usize) -> Self {
        Self {
            least: 64.min(most),
            first: 256.min(most),
            most,
        }
    }

    /// Always so many.
    #[must_use]
    pub fn always(calls: usize) -> Self {
        Self {
            least: calls,
            first: calls,
            most: calls,
        }
    }
}

/// Fewer failures than this say nothing.
const FAILURES: usize = 8;
/// One of so many calls may fail.
const OF_CALLS: usize = 5;
/// At least so many answers are looked at together.
const WINDOW: usize = 32;
/// After the first trouble, so many answers make room for one more call: a sixteenth in the time of one
/// call.
const ANSWERS_FOR_ONE: usize = 16;
/// An answer may take twice the quickest mean, and this: our own processor's time is in it.
const SLACK: SignedDuration = SignedDuration::from_millis(50);
/// So many of the latest answers make up the mean.
const MEAN_OF: i32 = 16;
/// The quickest mean is forgotten after one to two of these: KakaoPay may have become slower for good.
const FORGOTTEN: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug)]
pub(super) struct Pace {
    bounds: CallsAtOnce,
    limit: usize,
    /// There was no trouble yet.
    is_new: bool,
    /// Answers that have not made room yet.
    credit: usize,
    answered: usize,
    failed: usize,
    shrunk_at: Timestamp,
    mean: Option<SignedDuration>,
    /// The quickest mean lately, and before that.
    quickest: [Option<SignedDuration>; 2],
    since: Timestamp,
}

impl Pace {
    pub(super) fn new(bounds: CallsAtOnce) -> Self {
        Self {
            bounds,
            limit: bounds.first,
            is_new: true,
            credit: 0,
            answered: 0,
            failed: 0,
            shrunk_at: Timestamp::MIN,
            mean: None,
            quickest: [None; 2],
            since: Timestamp::MIN,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// A call that began then has failed: no answer, a 5xx, or KakaoPay had too much to do.
    pub(super) fn failed(&mut self, began_at: Timestamp, now: Timestamp) {
        // A clock that was set back must not keep it from shrinking.
        if now < self.shrunk_at {
            self.shrunk_at = Timestamp::MIN;
        }
        self.count();
        // What began before there was less room says nothing new.
        if began_at >= self.shrunk_at {
            self.failed += 1;
        }
        if self.failed >= FAILURES && self.failed * OF_CALLS > self.answered {
            self.limit = (self.limit - self.limit / 3).max(self.bounds.least);
            self.is_new = false;
            self.shrunk_at = now;
            (self.credit, self.answered, self.failed) = (0, 0, 0);
        }
    }

    /// A call that began then was answered, while so many were under way.
    pub(super) fn answered(&mut self, began_at: Timestamp, now: Timestamp, under_way: usize) {
        self.count();
        let keeps_pace = self.keeps_pace(now.duration_since(began_at), now);
        // Room that nobody uses says nothing.
        if !keeps_pace || under_way * 2 < self.limit {
            return;
        }
        self.credit += 1;
        if self.is_new || self.credit >= ANSWERS_FOR_ONE {
            self.credit = 0;
            self.limit = (self.limit + 1).min(self.bounds.most);
        }
    }

    fn count(&mut self) {
        if self.answered >= self.limit.max(WINDOW) {
            (self.answered, self.failed) = (0, 0);
        }
        self.answered += 1;
    }

    fn keeps_pace(&mut self, took: SignedDuration, now: Timestamp) -> bool {
        let took = took.max(SignedDuration::ZERO);
        let mean = self
            .mean
            .map_or(took, |mean| mean + (took - mean) / MEAN_OF);
        self.mean = Some(mean);
        let age = now.duration_since(self.since);
        if age >= FORGOTTEN || age.is_negative() {
            self.quickest = [None, self.quickest[0]];
            self.since = now;
        }
        let [lately, before] = self.quickest;
        let lately = lately.map_or(mean, |lately| lately.min(mean));
        self.quickest[0] = Some(lately);
        let quickest = before.map_or(lately, |before| before.min(lately));
        mean <= quickest * 2 + SLACK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: CallsAtOnce = CallsAtOnce {
        least: 64,
        first: 256,
        most: 2_048,
    };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    /// So many calls of one time are answered, with as many under way as there may be.
    fn answer(pace: &mut Pace, calls: usize, began: i64, took: i64) {
        for _ in 0..calls {
            let under_way = pace.limit();
            pace.answered(at(began), at(began + took), under_way);
        }
    }

    #[test]
    fn it_doubles_in_the_time_of_a_call_until_the_settings_say_no() {
        let mut pace = Pace::new(BOUNDS);
        let mut limits = Vec::new();
        for round in 0..5 {
            limits.push(pace.limit());
            let calls = pace.limit();
            answer(&mut pace, calls, round * 800, 800);
        }
        assert_eq!(limits, [256, 512, 1_024, 2_048, 2_048]);
    }

    #[test]
    fn where_many_calls_fail_it_shrinks_once_for_those_that_were_under_way_and_grows_slowly_again()
    {
        let mut pace = Pace::new(BOUNDS);
        for _ in 0..256 {
            pace.failed(at(0), at(15_000));
        }
        assert_eq!(pace.limit(), 171);
        for round in 1..20 {
            for _ in 0..200 {
                pace.failed(at(round * 15_000), at(round * 15_000 + 15_000));
            }
        }
        assert_eq!(pace.limit(), BOUNDS.least);
        answer(&mut pace, 160, 300_000, 800);
        assert_eq!(pace.limit(), 64 + 10);
    }

    #[test]
    fn a_failure_now_and_then_changes_nothing() {
        let mut pace = Pace::new(BOUNDS);
        for call in 0..20_000 {
            if call % 12 == 0 {
                pace.failed(at(call), at(call + 100));
            } else {
                answer(&mut pace, 1, call, 100);
            }
        }
        assert_eq!(pace.limit(), BOUNDS.most);
    }

    #[test]
    fn it_does_not_grow_while_answers_take_longer_than_they_did_nor_while_nobody_needs_it() {
        let mut pace = Pace::new(BOUNDS);
        answer(&mut pace, 20, 0, 100);
        let limit = pace.limit();
        // Some are needed to see it.
        answer(&mut pace, 30, 1_000, 900);
        let grown = pace.limit();
        assert!(grown < limit + 10, "{grown}");
        answer(&mut pace, 500, 2_000, 900);
        assert_eq!(pace.limit(), grown);
        // It has become slower for good.
        for second in 0..70 {
            answer(&mut pace, 10, 3_000 + second * 1_000, 900);
        }
        assert!(pace.limit() > grown);
        let limit = pace.limit();
        pace.answered(at(80_000), at(80_900), limit / 4);
        assert_eq!(pace.limit(), limit);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_it_from_nothing() {
        let mut pace = Pace::new(BOUNDS);
        for _ in 0..8 {
            pace.failed(at(0), at(1_000));
        }
        assert_eq!(pace.limit(), 171);
        for _ in 0..8 {
            pace.failed(at(-900_000), at(-899_000));
        }
        assert!(pace.limit() < 171);
        answer(&mut pace, 16, -890_000, -100);
        assert!(pace.limit() > 113);
    }
}
