//! Whether KakaoPay may be asked to make a payment ready now. Pure: the time is an argument.
//!
//! **Invariant**: only ready asks here. What is under way already (approve, cancel, lookups) goes
//! through however KakaoPay fares, since only an answer ends a doubt.

use jiff::{SignedDuration, Timestamp};

use super::cool_down::CoolDown;

/// So many failures in a row mean that KakaoPay is down. One that is slow for a moment has fewer.
const FAILURES: u32 = 5;
/// The first rest; it doubles with each further failure.
const REST: SignedDuration = SignedDuration::from_secs(2);
/// The longest rest: no shop waits longer than this for us to notice that KakaoPay is back.
const REST_MAX: SignedDuration = SignedDuration::from_secs(30);
/// While one call tries whether KakaoPay is back, others are refused for so long: our time-out for
/// a call.
const TRIAL: SignedDuration = SignedDuration::from_secs(15);

/// How a call ended, as far as KakaoPay's health goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It answered, with a yes or a no.
    Well,
    /// No answer, or none that can be used.
    Unwell,
    /// It was not asked after all.
    NotAsked,
    /// It wants to be left alone for so long.
    TurnedAway(SignedDuration),
}

/// Why no call is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Calls have failed.
    Failing,
    /// KakaoPay was asked too often.
    TurnedAway,
}

/// Opens after several failures in a row, lets one call try after a rest, and closes again when
/// that is answered.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open: Option<(CoolDown, Why)>,
}

impl Breaker {
    /// Lets a call through, or says how long to wait.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), (SignedDuration, Why)> {
        let Some((rest, why)) = self.open else {
            return Ok(());
        };
        if let Some(left) = rest.left(now) {
            return Err((left, why));
        }
        self.open = Some((CoolDown::new(now, TRIAL), why));
        Ok(())
    }

    /// A call that was let through has ended.
    pub(super) fn ended(&mut self, now: Timestamp, health: Health) {
        match health {
            Health::Well => *self = Self::default(),
            // The next one may try.
            Health::NotAsked => self.open = self.open.map(|(_, why)| (CoolDown::default(), why)),
            Health::TurnedAway(rest) => {
                self.open = Some((CoolDown::new(now, rest), Why::TurnedAway));
            }
            Health::Unwell => {
                self.failures = self.failures.saturating_add(1);
                if let Some(beyond) = self.failures.checked_sub(FAILURES) {
                    let rest = REST * (1 << beyond.min(8));
                    self.open = Some((CoolDown::new(now, rest.min(REST_MAX)), Why::Failing));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn secs(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    fn failing(seconds: i64) -> Result<(), (SignedDuration, Why)> {
        Err((secs(seconds), Why::Failing))
    }

    fn open(breaker: &mut Breaker) {
        for _ in 0..FAILURES {
            breaker.admit(at(0)).unwrap();
            breaker.ended(at(0), Health::Unwell);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_says_for_how_long() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            breaker.ended(at(0), Health::Unwell);
            breaker.ended(at(0), Health::Unwell);
            breaker.ended(at(0), Health::Well);
            assert_eq!(breaker.admit(at(0)), Ok(()));
        }
        open(&mut breaker);
        assert_eq!(breaker.admit(at(0)), failing(2));
        assert_eq!(breaker.admit(at(1)), failing(1));
    }

    #[test]
    fn one_call_tries_and_its_answer_closes_it() {
        let mut breaker = Breaker::default();
        open(&mut breaker);
        assert_eq!(breaker.admit(at(2)), Ok(()));
        assert_eq!(breaker.admit(at(2)), failing(15));
        breaker.ended(at(3), Health::Well);
        assert_eq!(breaker.admit(at(3)), Ok(()));
        assert_eq!(breaker.admit(at(3)), Ok(()));
    }

    #[test]
    fn a_trial_that_was_not_made_is_left_to_the_next_one() {
        let mut breaker = Breaker::default();
        open(&mut breaker);
        breaker.admit(at(2)).unwrap();
        breaker.ended(at(2), Health::NotAsked);
        assert_eq!(breaker.admit(at(2)), Ok(()));
        assert_eq!(breaker.admit(at(2)), failing(15));
        // And it is no sign of health.
        breaker.ended(at(2), Health::Unwell);
        assert_eq!(breaker.admit(at(2)), failing(4));
    }

    #[test]
    fn the_rests_double_up_to_a_limit() {
        let mut breaker = Breaker::default();
        open(&mut breaker);
        let mut now = at(0);
        for rest in [2, 4, 8, 16, 30, 30, 30, 30, 30, 30] {
            assert_eq!(breaker.admit(now), failing(rest));
            now += secs(rest);
            assert_eq!(breaker.admit(now), Ok(()));
            breaker.ended(now, Health::Unwell);
        }
    }

    #[test]
    fn a_trial_that_never_ends_is_followed_by_another() {
        let mut breaker = Breaker::default();
        open(&mut breaker);
        breaker.admit(at(2)).unwrap();
        assert_eq!(breaker.admit(at(2) + TRIAL), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_it_open_for_no_longer() {
        let mut breaker = Breaker::default();
        open(&mut breaker);
        assert_eq!(breaker.admit(at(-3_600)), Ok(()));
    }

    #[test]
    fn it_stays_open_for_as_long_as_kakaopay_wants_to_be_left_alone() {
        let mut breaker = Breaker::default();
        breaker.ended(at(0), Health::TurnedAway(secs(90)));
        assert_eq!(breaker.admit(at(1)), Err((secs(89), Why::TurnedAway)));
        assert_eq!(breaker.admit(at(90)), Ok(()));
    }
}
