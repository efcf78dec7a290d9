//! What is known of a sandbox's clock between two looks at it.
//!
//! **Invariant**: the time that it shows goes back only if the sandbox's own has gone back between the looks,
//! however long an answer took.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// What a sandbox says of its clock.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Said {
    pub(super) now: Timestamp,
    /// Whether it stands.
    #[serde(default)]
    pub(super) frozen: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hands {
    said: Said,
    /// The machine's time when the answer was here: later than the sandbox wrote it.
    heard_at: Timestamp,
    /// It has shown this already.
    least: Timestamp,
}

impl Hands {
    pub(super) fn new(said: Said, heard_at: Timestamp) -> Self {
        Self {
            said,
            heard_at,
            least: Timestamp::MIN,
        }
    }

    /// The time there, when it is `machine` here.
    pub(super) fn at(&self, machine: Timestamp) -> Timestamp {
        let since = machine.duration_since(self.heard_at);
        let ran = if self.said.frozen {
            SignedDuration::ZERO
        } else {
            since
        };
        let there = self.said.now.checked_add(ran).unwrap_or(Timestamp::MAX);
        there.max(self.least)
    }

    /// After another look.
    pub(super) fn moved(&self, said: Said, heard_at: Timestamp) -> Self {
        let has_gone_back = said.now < self.said.now;
        let least = if has_gone_back {
            Timestamp::MIN
        } else {
            self.at(heard_at)
        };
        Self {
            least,
            ..Self::new(said, heard_at)
        }
    }

    /// By how much the sandbox is ahead of the machine.
    pub(super) fn ahead(&self) -> SignedDuration {
        self.said.now.duration_since(self.heard_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + ms).unwrap()
    }

    fn runs(ms: i64) -> Said {
        Said {
            now: at(ms),
            frozen: false,
        }
    }

    fn stands(ms: i64) -> Said {
        Said {
            frozen: true,
            ..runs(ms)
        }
    }

    #[test]
    fn it_runs_on_from_what_was_said() {
        let hands = Hands::new(runs(900_000), at(0));
        assert_eq!(hands.at(at(700)), at(900_700));
        assert_eq!(hands.ahead(), SignedDuration::from_mins(15));
        let hands = hands.moved(runs(1_900_000), at(1_000));
        assert_eq!(hands.at(at(1_500)), at(1_900_500));
    }

    #[test]
    fn an_answer_that_took_long_sets_nothing_back() {
        let hands = Hands::new(runs(0), at(0));
        // Written at 1,000 and heard at 3,000.
        let hands = hands.moved(runs(1_000), at(3_000));
        assert_eq!(hands.at(at(3_000)), at(3_000));
        assert_eq!(hands.at(at(4_000)), at(3_000));
        let hands = hands.moved(runs(5_000), at(5_010));
        assert_eq!(hands.at(at(5_020)), at(5_010));
    }

    #[test]
    fn a_clock_that_was_stopped_stands_and_is_not_set_back() {
        let hands = Hands::new(runs(0), at(0)).moved(stands(500), at(1_000));
        assert_eq!(hands.at(at(9_000)), at(1_000));
        let hands = hands.moved(stands(60_500), at(10_000));
        assert_eq!(hands.at(at(99_000)), at(60_500));
    }

    #[test]
    fn it_goes_back_when_the_sandbox_does() {
        let hands = Hands::new(runs(900_000), at(0)).moved(runs(1_000), at(1_000));
        assert_eq!(hands.at(at(2_000)), at(2_000));
    }

    #[test]
    fn the_far_end_of_time_breaks_nothing() {
        let end = Said {
            now: Timestamp::MAX,
            frozen: false,
        };
        let hands = Hands::new(end, at(0)).moved(end, at(1_000));
        assert_eq!(hands.at(at(2_000)), Timestamp::MAX);
    }
}
