//! What is to be told, and when. Pure: the time is an argument.

use jiff::Timestamp;
use tokio::time::Instant;

use super::AlertKind;
use crate::limits;

/// What has been raised of a kind and is not told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) since: Timestamp,
    pub(super) count: u64,
}

/// A place for each kind.
#[derive(Debug, Default)]
pub(super) struct Board([Place; AlertKind::ALL.len()]);

#[derive(Debug, Default)]
struct Place {
    raised: Option<Raised>,
    /// On its way: it stays what it is until it has arrived.
    sending: Option<Raised>,
    /// Nothing is sent before.
    rests_until: Option<Instant>,
}

/// What to do now.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Send(AlertKind, Raised),
    WaitUntil(Instant),
    WaitForAnother,
}

impl Board {
    pub(super) fn raise(&mut self, kind: AlertKind, now: Timestamp) {
        let Some(place) = self.place(kind) else {
            return;
        };
        let before = place.raised.unwrap_or(Raised {
            since: now,
            count: 0,
        });
        place.raised = Some(Raised {
            count: before.count.saturating_add(1),
            ..before
        });
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        let mut earliest: Option<Instant> = None;
        for (kind, place) in AlertKind::ALL.into_iter().zip(&mut self.0) {
            if place.sending.or(place.raised).is_none() {
                continue;
            }
            if let Some(rests_until) = place.rests_until.filter(|until| now < *until) {
                earliest = Some(earliest.map_or(rests_until, |other| other.min(rests_until)));
                continue;
            }
            let raised = place.sending.or_else(|| place.raised.take());
            if let Some(raised) = raised {
                place.sending = Some(raised);
                return Next::Send(kind, raised);
            }
        }
        earliest.map_or(Next::WaitForAnother, Next::WaitUntil)
    }

    /// It has arrived, or it is tried again.
    pub(super) fn ended(&mut self, kind: AlertKind, has_arrived: bool, now: Instant) {
        let Some(place) = self.place(kind) else {
            return;
        };
        let rest = if has_arrived {
            place.sending = None;
            limits::ALERT_INTERVAL
        } else {
            limits::ALERT_TRIED_AGAIN
        };
        place.rests_until = Some(now + rest);
    }

    fn place(&mut self, kind: AlertKind) -> Option<&mut Place> {
        let mut places = AlertKind::ALL.into_iter().zip(&mut self.0);
        places.find(|(of, _)| *of == kind).map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_kind_is_told_at_once_and_then_once_in_ten_minutes_with_what_came_meanwhile() {
        let (mut board, begin) = (Board::default(), Instant::now());
        let kind = AlertKind::Database;
        assert_eq!(board.next(begin), Next::WaitForAnother);
        board.raise(kind, at(1));
        board.raise(kind, at(2));
        let first = Raised {
            since: at(1),
            count: 2,
        };
        assert_eq!(board.next(begin), Next::Send(kind, first));
        // While it is on its way.
        board.raise(kind, at(3));
        board.ended(kind, true, begin);
        board.raise(kind, at(4));
        let again = begin + 10 * MINUTE;
        assert_eq!(board.next(begin), Next::WaitUntil(again));
        assert_eq!(
            board.next(again - Duration::from_millis(1)),
            Next::WaitUntil(again)
        );
        let second = Raised {
            since: at(3),
            count: 2,
        };
        assert_eq!(board.next(again), Next::Send(kind, second));
        board.ended(kind, true, again);
        assert_eq!(board.next(again), Next::WaitForAnother);
    }

    #[test]
    fn one_that_did_not_arrive_is_sent_again_as_it_was_and_keeps_no_other_waiting() {
        let (mut board, begin) = (Board::default(), Instant::now());
        let (lost, other) = (AlertKind::KakaoPayKey, AlertKind::LogGap);
        board.raise(lost, at(1));
        let raised = Raised {
            since: at(1),
            count: 1,
        };
        assert_eq!(board.next(begin), Next::Send(lost, raised));
        board.ended(lost, false, begin);
        board.raise(lost, at(2));
        board.raise(other, at(3));
        let of_other = Raised {
            since: at(3),
            count: 1,
        };
        assert_eq!(board.next(begin), Next::Send(other, of_other));
        board.ended(other, true, begin);
        assert_eq!(board.next(begin), Next::WaitUntil(begin + MINUTE));
        assert_eq!(board.next(begin + MINUTE), Next::Send(lost, raised));
    }
}
