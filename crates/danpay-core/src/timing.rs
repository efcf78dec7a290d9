//! The times of the flow, all in one place with their reasons.

use jiff::civil::Date;
use jiff::tz::{Offset, offset};
use jiff::{SignedDuration, Timestamp};

/// A TID lives for 15 minutes after ready (KakaoPay's documentation).
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// How long after its claim a call to approve may still take effect: our own 15 s time-out, then
/// KakaoPay's own 11 s for a request that reached it at the last moment, and slack.
pub const CALL_SETTLES: SignedDuration = SignedDuration::from_secs(30);

/// A call whose claim is older than this is not made: it would reach KakaoPay, and take effect, later
/// than [`CALL_SETTLES`] allows for. What is left of that after 15 s and 11 s is 4 s.
pub const CLAIM_HOLDS: SignedDuration = SignedDuration::from_secs(4);

/// How long after `expires_at` a payment is looked at: beyond KakaoPay's own 11 s, and enough
/// for two clocks that differ a little.
pub const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// So many claims of one approval are made for browsers that come back, for whoever can return the
/// payer can do so without end, and each claim is a call to KakaoPay. Then recovery alone makes them,
/// in its own time. An honest payer comes back once or twice.
pub const CLAIMS_MAX: u8 = 10;

/// So many further `pg_token`s of one payment are kept, each in the place of the one before.
pub const TOKENS_MAX: u8 = 20;

/// When doubt has lasted this long, an operator is asked to look.
pub const REVIEW_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The first look after a call to approve whose answer settled nothing: soon, as most of them
/// are settled by then and a payer waits.
pub const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(1);

/// What is in doubt is looked at again within this time for as long as a TID lives: a payer or a shop
/// waits for it, or another payment of its order does. After ten minutes in which KakaoPay answered
/// no lookup, up to five more would otherwise pass.
const LONGEST_WAIT_IN_DOUBT: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(5);
const LONGEST_WAIT_IN_REVIEW: SignedDuration = SignedDuration::from_hours(1);

/// A share of a wait, drawn by whoever calls: payments that came into doubt together are then not
/// looked at together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter(u16);

impl Jitter {
    /// All of a wait.
    pub const WHOLE: Self = Self(u16::MAX);

    /// From two random bytes, each value as likely as any other.
    pub fn new(random: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(random))
    }

    pub(crate) fn of(self, wait: SignedDuration) -> SignedDuration {
        wait * i32::from(self.0) / i32::from(u16::MAX)
    }
}

/// That instant and so long after it; the last instant that there is, if that is too late for one.
pub fn after(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// That instant and so long before it; the first instant that there is, if that is too early for
/// one.
pub fn before(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_sub(wait).unwrap_or(Timestamp::MIN)
}

/// Korea's time: it has had no other all the year round since 1988.
pub const KOREA: Offset = offset(9);

/// Which day it is in Korea then.
pub fn korean_day(at: Timestamp) -> Date {
    KOREA.to_datetime(at).date()
}

/// When to look again at what has been open since `since`: after any share of that age again (full
/// jitter), so the waits grow without a counter to store; from 1 s to 5 min, and to an hour once an
/// operator has been asked.
pub fn next_look(since: Timestamp, now: Timestamp, jitter: Jitter) -> Timestamp {
    let longest = if now.duration_since(since) < REVIEW_AFTER {
        LONGEST_WAIT
    } else {
        LONGEST_WAIT_IN_REVIEW
    };
    next_look_within(longest, since, now, jitter)
}

/// The same of what is in doubt since `since`: soon at first, however long that doubt may last.
pub fn next_look_in_doubt(since: Timestamp, now: Timestamp, jitter: Jitter) -> Timestamp {
    if now.duration_since(since) < LIFETIME {
        next_look_within(LONGEST_WAIT_IN_DOUBT, since, now, jitter)
    } else {
        next_look(since, now, jitter)
    }
}

fn next_look_within(
    longest: SignedDuration,
    since: Timestamp,
    now: Timestamp,
    jitter: Jitter,
) -> Timestamp {
    let age = now.duration_since(since);
    after(now, jitter.of(age.min(longest)).max(FIRST_LOOK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_is_too_early_or_too_late() {
        let longest = SignedDuration::MAX;
        assert_eq!(after(Timestamp::MAX, LIFETIME), Timestamp::MAX);
        assert_eq!(after(Timestamp::MIN, longest), Timestamp::MAX);
        assert_eq!(before(Timestamp::MIN, LIFETIME), Timestamp::MIN);
        assert_eq!(before(Timestamp::MAX, longest), Timestamp::MIN);
        let late = next_look(Timestamp::MIN, Timestamp::MAX, Jitter::WHOLE);
        assert_eq!(late, Timestamp::MAX);
        let early = next_look(Timestamp::MAX, Timestamp::MIN, Jitter::WHOLE);
        assert_eq!(early, after(Timestamp::MIN, FIRST_LOOK));
    }

    #[test]
    fn a_day_begins_at_midnight_in_korea() {
        let day = |at: &str| korean_day(at.parse().unwrap()).to_string();
        assert_eq!(day("2026-12-31T14:59:59.999Z"), "2026-12-31");
        assert_eq!(day("2026-12-31T15:00:00Z"), "2027-01-01");
        korean_day(Timestamp::MIN);
        korean_day(Timestamp::MAX);
    }

    #[test]
    fn what_is_in_doubt_is_looked_at_soon_while_somebody_waits_for_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let wait = |age: SignedDuration| {
            let next = next_look_in_doubt(now - age, now, Jitter::WHOLE);
            (next - now).as_secs()
        };
        assert_eq!(wait(SignedDuration::ZERO), FIRST_LOOK.as_secs());
        assert_eq!(wait(SignedDuration::from_secs(7)), 7);
        for minutes in [1, 5, 14] {
            assert_eq!(wait(SignedDuration::from_mins(minutes)), 30);
        }
        assert_eq!(wait(LIFETIME), LONGEST_WAIT.as_secs());
    }

    #[test]
    fn waits_are_spread_however_long_the_doubt_lasts() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let wait = |age: SignedDuration, jitter| next_look(now - age, now, jitter) - now;
        let (half, none) = (Jitter(u16::MAX / 2), Jitter(0));
        for (hours, longest) in [(1, LONGEST_WAIT), (30, LONGEST_WAIT_IN_REVIEW)] {
            let age = SignedDuration::from_hours(hours);
            let seconds = |jitter| wait(age, jitter).as_secs();
            let all = longest.as_secs();
            assert_eq!(seconds(Jitter::WHOLE), all);
            assert!((all / 2 - 1..=all / 2).contains(&seconds(half)));
            assert_eq!(seconds(none), FIRST_LOOK.as_secs());
        }
        assert_eq!(
            wait(SignedDuration::from_secs(10), Jitter::WHOLE).as_secs(),
            10
        );
    }
}
