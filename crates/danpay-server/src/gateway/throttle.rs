//! How many calls a second KakaoPay takes, once it has said that they were too many. Pure: the time is an
//! argument.
//!
//! KakaoPay's documents know a quota of a day, and give no figure; whether it also counts by the second is
//! not known. Where it does, what it answered in the last second is what it takes.
//!
//! **Invariant**: without such a word there is no limit, and one that is old is forgotten.

use jiff::{SignedDuration, Timestamp};

/// Of what it took, so much is asked for, in hundredths.
const KEPT: i64 = 95;
/// Fewer than so many in a second were not too many: it is a quota of a longer time.
const TOO_MANY: i64 = 20;
/// Never fewer a second: what was counted may have been a second with little to do.
const LEAST: i64 = 10;
/// The limit stands for so long, and then grows until KakaoPay says so again.
const STANDS: SignedDuration = SignedDuration::from_mins(1);
/// In hundredths, each second.
const GROWS: i64 = 2;
/// A limit that has grown so many times over is none.
const FORGOTTEN: i64 = 4;
/// A call is so many of the units in which calls are counted: what a rate of one gives in a second.
const CALL: i64 = 1_000_000;

#[derive(Debug)]
pub(super) struct Throttle {
    limit: Option<Limit>,
    /// Calls that were answered in this second, and in the one before.
    answered: [i64; 2],
    second: i64,
}

#[derive(Debug)]
struct Limit {
    told_per_s: i64,
    per_s: i64,
    told_at: Timestamp,
    /// What it has grown for.
    grown_s: i64,
    /// Below zero if calls were made that could not wait.
    left: i64,
    filled_at: Timestamp,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            limit: None,
            answered: [0; 2],
            second: 0,
        }
    }

    /// Calls a second, if there is a limit.
    pub(super) fn per_s(&self) -> Option<i64> {
        self.limit.as_ref().map(|limit| limit.per_s)
    }

    /// Takes one call, or tells when there will be one.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), SignedDuration> {
        let Some(limit) = self.filled(now) else {
            return Ok(());
        };
        if limit.left < CALL {
            let missing = (CALL - limit.left) / limit.per_s + 1;
            return Err(SignedDuration::from_micros(missing));
        }
        limit.left -= CALL;
        Ok(())
    }

    /// Calls that are made in any case.
    pub(super) fn spend(&mut self, now: Timestamp, calls: u32) {
        if let Some(limit) = self.filled(now) {
            let floor = -limit.per_s.saturating_mul(CALL);
            limit.left = (limit.left - i64::from(calls) * CALL).max(floor);
        }
    }

    /// KakaoPay has answered a call.
    pub(super) fn answered(&mut self, now: Timestamp) {
        self.turn_to(now);
        self.answered[0] += 1;
        let per_s = self.asked_for();
        // Answers to calls that were made before the word may still be on their way when it comes.
        if let Some(limit) = &mut self.limit
            && limit.is_new(now)
            && limit.per_s < per_s
        {
            (limit.per_s, limit.told_per_s) = (per_s, per_s);
        }
    }

    /// What was answered in a second.
    fn taken(&self) -> i64 {
        self.answered[0].max(self.answered[1])
    }

    /// A little less than that.
    fn asked_for(&self) -> i64 {
        (self.taken() * KEPT / 100).max(LEAST)
    }

    /// KakaoPay has turned a call away, as there were too many.
    pub(super) fn turned_away(&mut self, now: Timestamp) {
        self.turn_to(now);
        // Those that were sent together are turned away together.
        if self.limit.as_ref().is_some_and(|limit| limit.is_new(now)) {
            return;
        }
        if self.limit.is_none() && self.taken() < TOO_MANY {
            return;
        }
        let per_s = self.asked_for();
        self.limit = Some(Limit {
            told_per_s: per_s,
            per_s,
            told_at: now,
            grown_s: 0,
            left: 0,
            filled_at: now,
        });
    }

    fn turn_to(&mut self, now: Timestamp) {
        let second = now.as_second();
        match second - self.second {
            0 => {}
            1 => self.answered = [0, self.answered[0]],
            _ => self.answered = [0; 2],
        }
        self.second = second;
    }

    /// The limit with what has come in since.
    fn filled(&mut self, now: Timestamp) -> Option<&mut Limit> {
        self.limit.as_mut()?.grow(now);
        self.limit
            .take_if(|limit| limit.per_s >= limit.told_per_s * FORGOTTEN);
        let limit = self.limit.as_mut()?;
        let passed = now.duration_since(limit.filled_at);
        // Not more than two seconds' worth can come in, and less than a tenth of one is kept.
        let passed = passed.as_micros().clamp(0, 2_000_000);
        let passed = i64::try_from(passed).unwrap_or(0);
        let most = (limit.per_s * CALL / 10).max(CALL);
        limit.left = (limit.left + passed * limit.per_s).min(most);
        limit.filled_at = now;
        Some(limit)
    }
}

impl Limit {
    /// Whether KakaoPay has told it within the last second.
    fn is_new(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.told_at);
        !age.is_negative() && age < SignedDuration::from_secs(1)
    }

    fn grow(&mut self, now: Timestamp) {
        let over = now.duration_since(self.told_at) - STANDS;
        let seconds = over.as_secs().clamp(0, 3_600);
        while self.grown_s < seconds && self.per_s < self.told_per_s * FORGOTTEN {
            self.per_s += (self.per_s * GROWS / 100).max(1);
            self.grown_s += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    /// One that was turned away after so many answers in a second.
    fn after(answers: usize) -> Throttle {
        let mut throttle = Throttle::new();
        for _ in 0..answers {
            throttle.answered(at(0));
        }
        throttle.turned_away(at(10));
        throttle
    }

    /// How many calls could be made in these seconds, asking every millisecond.
    fn made(throttle: &mut Throttle, from_s: i64, seconds: i64) -> i64 {
        let mut made = 0;
        for milli in from_s * 1_000..(from_s + seconds) * 1_000 {
            while throttle.take(at(milli)).is_ok() {
                made += 1;
                assert!(made < 1_000_000);
            }
        }
        made
    }

    #[test]
    fn without_a_word_of_kakaopays_there_is_no_limit() {
        let mut throttle = Throttle::new();
        for call in 0..10_000 {
            throttle.answered(at(call / 10));
            assert_eq!(throttle.take(at(call / 10)), Ok(()));
        }
        assert_eq!(throttle.per_s(), None);
    }

    #[test]
    fn it_asks_for_a_little_less_than_what_was_answered_in_a_second() {
        let mut throttle = after(200);
        assert_eq!(throttle.per_s(), Some(190));
        let in_ten_seconds = made(&mut throttle, 1, 10);
        assert!(
            (1_890..=1_925).contains(&in_ten_seconds),
            "{in_ten_seconds}"
        );
        let wait = std::iter::repeat_with(|| throttle.take(at(11_000))).find_map(Result::err);
        let wait = wait.unwrap();
        assert!(wait <= SignedDuration::from_millis(6), "{wait:?}");
        // Those that came back together say it once.
        let mut throttle = after(200);
        for _ in 0..50 {
            throttle.turned_away(at(900));
        }
        assert_eq!(throttle.per_s(), Some(190));
    }

    #[test]
    fn answers_that_are_on_their_way_when_the_word_comes_count() {
        let mut throttle = after(140);
        assert_eq!(throttle.per_s(), Some(133));
        for _ in 0..60 {
            throttle.answered(at(900));
        }
        assert_eq!(throttle.per_s(), Some(190));
        // A second later it is what was asked for.
        for _ in 0..900 {
            throttle.answered(at(2_000));
        }
        assert_eq!(throttle.per_s(), Some(190));
    }

    #[test]
    fn the_limit_stands_for_a_minute_grows_and_is_forgotten() {
        let mut throttle = after(200);
        made(&mut throttle, 59, 1);
        assert_eq!(throttle.per_s(), Some(190));
        made(&mut throttle, 70, 1);
        let per_s = throttle.per_s().unwrap();
        assert!((225..240).contains(&per_s), "{per_s}");
        assert_eq!(throttle.take(at(150_000)), Ok(()));
        assert_eq!(throttle.per_s(), None);
    }

    #[test]
    fn few_calls_in_a_second_are_not_too_many() {
        let mut throttle = after(19);
        assert_eq!(throttle.take(at(1_000)), Ok(()));
        assert_eq!(throttle.per_s(), None);
    }

    #[test]
    fn a_quota_of_a_day_leaves_a_few_calls_that_try() {
        let mut throttle = after(200);
        for second in 2..100 {
            throttle.turned_away(at(second * 1_000));
        }
        assert_eq!(throttle.per_s(), Some(LEAST));
    }

    #[test]
    fn what_could_not_wait_is_taken_of_what_comes_next_but_not_without_end() {
        let mut throttle = after(100);
        throttle.spend(at(1_000), 10_000);
        assert!(throttle.take(at(1_900)).is_err());
        assert_eq!(throttle.take(at(2_100)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut throttle = after(100);
        made(&mut throttle, 50, 1);
        assert!(made(&mut throttle, 0, 2) > 150);
    }
}
