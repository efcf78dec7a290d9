//! Who may call KakaoPay now, and who waits: approvals and cancellations first, then payments that begin.
//!
//! **Invariant**: no more calls are under way than the pace allows, of which payments that begin leave a
//! quarter to those that move money; whoever waits costs a few words of memory, and goes in the order of
//! coming.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::pace::{CallsAtOnce, Pace};
use super::throttle::Throttle;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// To approve or cancel.
    Money,
    /// To make a payment ready.
    Ready,
}

/// Clones are one and the same.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    pace: Pace,
    throttle: Throttle,
    under_way: usize,
    /// Of these, the calls that move money.
    moving: usize,
    /// Counts those who came to wait.
    came: u64,
    money: BTreeMap<u64, Arc<Notify>>,
    ready: BTreeMap<u64, Arc<Notify>>,
}

/// A call that may be made; over when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(Turns, For);

/// What keeps a call from being made now.
enum Busy {
    /// Calls that are under way, or others who wait.
    Others,
    /// There were too many lately: the next may be made so much later.
    Lately(SignedDuration),
}

impl State {
    fn queue(&mut self, what: For) -> &mut BTreeMap<u64, Arc<Notify>> {
        match what {
            For::Money => &mut self.money,
            For::Ready => &mut self.ready,
        }
    }

    /// Takes a turn for whoever has this number, or has just come.
    fn take(&mut self, what: For, number: Option<u64>, now: Timestamp) -> Result<(), Busy> {
        let limit = self.pace.limit();
        let (room, is_first) = match what {
            For::Money => (limit, true),
            For::Ready => (limit - limit / 4, self.money.is_empty()),
        };
        let head = self.queue(what).keys().next().copied();
        let is_next = head.is_none() || head == number;
        if !is_first || !is_next || self.under_way >= room {
            return Err(Busy::Others);
        }
        self.throttle.take(now).map_err(Busy::Lately)?;
        self.under_way += 1;
        self.moving += usize::from(what == For::Money);
        Ok(())
    }

    /// Whoever is next looks whether it may go.
    fn wake(&self) {
        let next = self.money.values().next();
        if let Some(next) = next.or_else(|| self.ready.values().next()) {
            next.notify_one();
        }
    }
}

impl Turns {
    pub(super) fn new(calls: CallsAtOnce) -> Self {
        Self(Arc::new(Mutex::new(State {
            pace: Pace::new(calls),
            throttle: Throttle::new(),
            under_way: 0,
            moving: 0,
            came: 0,
            money: BTreeMap::new(),
            ready: BTreeMap::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed, so a poisoned lock is as good as another.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn, if one is free.
    pub(super) fn take_now(&self, what: For, now: Timestamp) -> Option<Turn> {
        let taken = self.state().take(what, None, now);
        taken.is_ok().then(|| Turn(self.clone(), what))
    }

    /// A turn, waiting for it at most so long.
    pub(super) async fn take(
        &self,
        what: For,
        now: impl Fn() -> Timestamp,
        patience: Duration,
    ) -> Option<Turn> {
        if let Some(turn) = self.take_now(what, now()) {
            return Some(turn);
        }
        let waiting = QueuePlace::come(self, what);
        let turn = async {
            loop {
                let taken = self.state().take(what, Some(waiting.number), now());
                match taken {
                    Ok(()) => return Turn(self.clone(), what),
                    Err(Busy::Others) => waiting.notify.notified().await,
                    Err(Busy::Lately(left)) => {
                        let left = left.unsigned_abs();
                        let _ = tokio::time::timeout(left, waiting.notify.notified()).await;
                    }
                }
            }
        };
        // Its place is left afterwards, and whoever is next is told.
        tokio::time::timeout(patience, turn).await.ok()
    }

    /// How many calls that move money wait or are under way.
    pub(super) fn crowd(&self) -> usize {
        let state = self.state();
        state.moving + state.money.len()
    }

    /// How many payments wait to be made ready.
    pub(super) fn waiting_to_be_ready(&self) -> usize {
        self.state().ready.len()
    }

    /// How long whoever comes to wait now will wait for a payment to be made ready, if KakaoPay has
    /// said how many calls are too many.
    pub(super) fn wait_for_ready(&self) -> Option<SignedDuration> {
        let state = self.state();
        let per_s = state.throttle.per_s()?;
        let before = i64::try_from(state.money.len() + state.ready.len()).unwrap_or(i64::MAX);
        Some(SignedDuration::from_millis(
            before.saturating_mul(1_000) / per_s,
        ))
    }

    /// Lookups may be made so many a second, if KakaoPay has said how many calls are too many: a tenth.
    pub(super) fn lookups_per_s(&self) -> Option<u32> {
        let per_s = self.state().throttle.per_s()?;
        Some(u32::try_from(per_s / 10).unwrap_or(u32::MAX).max(1))
    }

    /// Lookups that are made in any case.
    pub(super) fn spend(&self, now: Timestamp, calls: u32) {
        self.state().throttle.spend(now, calls);
    }

    /// KakaoPay has answered a call.
    pub(super) fn record(&self, now: Timestamp) {
        self.state().throttle.answered(now);
    }

    /// KakaoPay has turned a call away, as there were too many.
    pub(super) fn turned_away(&self, now: Timestamp) {
        self.state().throttle.turned_away(now);
    }

    /// A call that had its turn and began then was answered.
    pub(super) fn answered(&self, began_at: Timestamp, now: Timestamp) {
        let mut state = self.state();
        let under_way = state.under_way;
        state.pace.answered(began_at, now, under_way);
        state.wake();
    }

    /// A call that had its turn and began then has failed.
    pub(super) fn failed(&self, began_at: Timestamp, now: Timestamp) {
        self.state().pace.failed(began_at, now);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way -= 1;
        state.moving -= usize::from(self.1 == For::Money);
        state.wake();
    }
}

/// A place in a queue, left when it is dropped.
struct QueuePlace {
    turns: Turns,
    what: For,
    number: u64,
    notify: Arc<Notify>,
}

impl QueuePlace {
    fn come(turns: &Turns, what: For) -> Self {
        let notify = Arc::new(Notify::new());
        let mut state = turns.state();
        state.came += 1;
        let number = state.came;
        state.queue(what).insert(number, Arc::clone(&notify));
        Self {
            turns: turns.clone(),
            what,
            number,
            notify,
        }
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.queue(self.what).remove(&self.number);
        // There may be room for more than one.
        state.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    /// One that comes and waits until it is awaited.
    fn comes(turns: &Turns, what: For) -> tokio::task::JoinHandle<Option<Turn>> {
        let turns = turns.clone();
        tokio::spawn(async move { turns.take(what, || at(0), LONG).await })
    }

    async fn all_have_come() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn money_goes_first_and_each_in_the_order_of_coming() {
        let turns = Turns::new(CallsAtOnce::always(1));
        let held = turns.take_now(For::Money, at(0)).unwrap();
        let comers = [For::Ready, For::Ready, For::Money, For::Money].map(|what| {
            let comer = comes(&turns, what);
            (what, comer)
        });
        all_have_come().await;
        assert!(turns.take_now(For::Money, at(0)).is_none());
        drop(held);
        let [first_ready, second_ready, first_money, second_money] = comers.map(|(_, comer)| comer);
        for comer in [first_money, second_money, first_ready, second_ready] {
            let turn = comer.await.unwrap();
            assert!(turn.is_some());
        }
        assert_eq!((turns.crowd(), turns.waiting_to_be_ready()), (0, 0));
    }

    #[tokio::test]
    async fn payments_that_begin_leave_a_quarter_to_those_that_move_money() {
        let turns = Turns::new(CallsAtOnce::always(8));
        let take = |what| turns.take_now(what, at(0));
        let ready: Vec<_> = std::iter::from_fn(|| take(For::Ready)).collect();
        let money: Vec<_> = std::iter::from_fn(|| take(For::Money)).collect();
        assert_eq!((ready.len(), money.len()), (6, 2));
    }

    #[tokio::test]
    async fn who_goes_away_or_has_no_patience_leaves_its_place_to_the_next() {
        let turns = Turns::new(CallsAtOnce::always(1));
        let held = turns.take_now(For::Money, at(0)).unwrap();
        let gone = comes(&turns, For::Money);
        all_have_come().await;
        let next = comes(&turns, For::Ready);
        all_have_come().await;
        gone.abort();
        assert!(
            turns
                .take(For::Money, || at(0), Duration::ZERO)
                .await
                .is_none()
        );
        drop(held);
        assert!(next.await.unwrap().is_some());
    }

    #[test]
    fn payments_that_begin_take_no_patience_of_whoever_is_charged() {
        let turns = Turns::new(CallsAtOnce::always(100));
        let begun: Vec<_> = (0..3).map(|_| turns.take_now(For::Ready, at(0))).collect();
        assert_eq!((begun.iter().flatten().count(), turns.crowd()), (3, 0));
        let charged = turns.take_now(For::Money, at(0));
        assert_eq!(turns.crowd(), 1);
        drop((begun, charged));
        assert_eq!(turns.crowd(), 0);
    }

    #[tokio::test]
    async fn room_that_has_grown_is_for_all_who_wait() {
        let calls = CallsAtOnce {
            least: 4,
            first: 4,
            most: 100,
        };
        let turns = Turns::new(calls);
        let held: Vec<_> = (0..4).map(|_| turns.take_now(For::Money, at(0))).collect();
        let comers: Vec<_> = (0..4).map(|_| comes(&turns, For::Money)).collect();
        all_have_come().await;
        for _ in 0..4 {
            turns.answered(at(0), at(1));
        }
        all_have_come().await;
        assert_eq!(turns.crowd(), 8);
        for comer in comers {
            assert!(comer.await.unwrap().is_some());
        }
        drop(held);
    }

    #[tokio::test]
    async fn after_too_many_calls_each_waits_until_the_next_may_be_made() {
        let turns = Turns::new(CallsAtOnce::always(100));
        for _ in 0..500 {
            turns.record(at(0));
        }
        turns.turned_away(at(0));
        let begun = std::time::Instant::now();
        let now = || at(i64::try_from(begun.elapsed().as_millis()).unwrap());
        for _ in 0..95 {
            assert!(turns.take(For::Ready, now, LONG).await.is_some());
        }
        // 475 a second.
        let took = begun.elapsed();
        assert!(took > Duration::from_millis(190), "{took:?}");
        assert_eq!(turns.lookups_per_s(), Some(47));
        assert_eq!(turns.wait_for_ready(), Some(SignedDuration::ZERO));
    }
}
