//! KakaoPay's clock against ours, by the `Date` of its answers.
//!
//! **Invariant**: nothing is decided by it: a payment's times are by our clock. But if the two differ, one of
//! them is wrong, and it may be ours.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::timing;
use jiff::{SignedDuration, Timestamp};
use kakaopay::{KakaoPay, Transport, TransportFuture, TransportRequest};

use super::cool_down::CoolDown;
use crate::clock::Clock;
use crate::limits;

/// `Date` has whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How far the clocks differ. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Skew(Arc<Inner>);

struct Inner {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the last answer.
    ahead: SignedDuration,
    /// In which it is not logged again.
    cool_down: CoolDown,
}

impl Skew {
    pub(crate) fn new(clock: Clock) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Inner { clock, state }))
    }

    /// The same client, of whose answers' times note is taken.
    pub(super) fn watch(&self, client: &KakaoPay) -> KakaoPay {
        let skew = self.clone();
        client.map_transport(|transport| Watched { transport, skew })
    }

    /// How far KakaoPay's clock is ahead of ours (below zero: behind), if that is too far.
    pub(crate) fn ahead(&self) -> Option<SignedDuration> {
        let ahead = self.state().ahead;
        (ahead.abs() > limits::CLOCK_DIFFERENCE).then_some(ahead)
    }

    fn record(&self, date: Timestamp, asked_at: Timestamp) {
        if self.0.clock.is_of_tests() {
            // A sandbox's dates are by its clock, which tests move a moment before it is known here.
            return;
        }
        let now = self.0.clock.now();
        let mut state = self.state();
        state.ahead = ahead(date, asked_at, now);
        let is_far = state.ahead.abs() > limits::CLOCK_DIFFERENCE;
        if is_far && state.cool_down.left(now).is_none() {
            state.cool_down = CoolDown::new(now, limits::CLOCK_TOLD_AGAIN);
            tracing::warn!(
                ahead_s = state.ahead.as_secs(),
                "KakaoPay's clock differs from ours by more than two minutes: see that the time of this \
                 machine is right (NTP)"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed, so a poisoned lock is as good as another.
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Skew({:?})", self.ahead())
    }
}

/// The least by which the clocks differ, if `date` was written at some time between question and answer.
fn ahead(date: Timestamp, asked_at: Timestamp, heard_at: Timestamp) -> SignedDuration {
    let latest = timing::after(date, SECOND);
    if date > heard_at {
        date.duration_since(heard_at)
    } else if latest < asked_at {
        latest.duration_since(asked_at)
    } else {
        SignedDuration::ZERO
    }
}

struct Watched {
    transport: Arc<dyn Transport>,
    skew: Skew,
}

impl Transport for Watched {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        let asked_at = self.skew.0.clock.now();
        Box::pin(async move {
            let answer = self.transport.send(request).await?;
            if let Some(date) = answer.date {
                self.skew.record(date, asked_at);
            }
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use kakaopay::{OrderRequest, Tid, TransportResponse};

    use super::super::tests::line::{Line, Said};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn only_what_no_round_trip_explains_is_a_difference() {
        let ahead = |date, asked, heard| ahead(at(date), at(asked), at(heard)).as_secs();
        assert_eq!(ahead(0, 0, 0), 0);
        // It took a quarter of an hour, and `Date` is of some time in it.
        assert_eq!(ahead(0, 0, 900), 0);
        assert_eq!(ahead(900, 0, 900), 0);
        assert_eq!(ahead(-1, 0, 900), 0);
        assert_eq!(ahead(-3, 0, 900), -2);
        assert_eq!(ahead(1_030, 0, 900), 130);
        let ends = ahead_of_the_ends();
        assert!(ends.is_positive());
    }

    /// Times of the outside may be any.
    fn ahead_of_the_ends() -> SignedDuration {
        super::ahead(Timestamp::MAX, Timestamp::MIN, Timestamp::MIN)
    }

    /// A clock that stands still, and answers with these times.
    async fn after(dates: &[i64]) -> Skew {
        let skew = Skew::new(Clock::from_fn(|| at(0)));
        let answers = dates.iter().map(|date| {
            let mut answer = TransportResponse::new(400, "");
            answer.date = Some(at(*date));
            Said::This(answer)
        });
        let client = skew.watch(&Line::with(answers).client("DEV"));
        for _ in dates {
            let request = OrderRequest::new(Tid::issued("T1"));
            client.order(&request).await.unwrap_err();
        }
        skew
    }

    #[tokio::test]
    async fn two_minutes_are_told_in_both_directions_until_an_answer_says_otherwise() {
        assert_eq!(after(&[]).await.ahead(), None);
        for near in [0, 120, -121] {
            assert_eq!(after(&[near]).await.ahead(), None, "{near}");
        }
        let far = |seconds| Some(SignedDuration::from_secs(seconds));
        assert_eq!(after(&[121]).await.ahead(), far(121));
        assert_eq!(after(&[-122]).await.ahead(), far(-121));
        assert_eq!(after(&[500, 0]).await.ahead(), None);
    }
}
