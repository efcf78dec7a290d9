//! Who is connected, and who gives way where there is no room for one more.
//!
//! **Invariant**: a connection with a request under way never gives way, not even if the request came
//! after it was told to; and where one without is there, whoever comes need not wait for it to close by
//! itself.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits;

/// The connections of one listener.
pub(super) struct Seats {
    most: usize,
    taken: Mutex<Taken>,
    /// One is free, or has nothing to do any more.
    changed: Notify,
}

#[derive(Default)]
struct Taken {
    /// Counts what happens, so that what happened first has the lower number: no clock is needed.
    moment: u64,
    by_moment: HashMap<u64, Connected>,
}

struct Connected {
    address: IpAddr,
    has_asked: bool,
    /// Since which moment it has nothing under way.
    idle_since: Option<u64>,
    /// Since when a request is under way, up to the end of its answer.
    asking_since: Option<Instant>,
    /// It was told to go, and has asked for nothing since.
    is_going: bool,
    told: Arc<Notify>,
}

impl Taken {
    fn next(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Whether one is about to go.
    fn is_one_going(&self) -> bool {
        let mut all = self.by_moment.values();
        all.any(|one| one.is_going)
    }

    /// The one that gives way: one that never asked for anything, else one of the address that has the
    /// most; of these, the one that has been idle for longest.
    fn idlest(&mut self) -> Option<&mut Connected> {
        let mut of_address: HashMap<IpAddr, usize> = HashMap::new();
        for one in self.by_moment.values() {
            *of_address.entry(one.address).or_default() += 1;
        }
        let all = self.by_moment.values_mut();
        let idle = all.filter(|one| one.idle_since.is_some());
        idle.max_by_key(|one| {
            let crowd = of_address.get(&one.address).copied();
            (!one.has_asked, crowd, Reverse(one.idle_since))
        })
    }
}

impl Seats {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: Mutex::default(),
            changed: Notify::new(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Each change is whole before it can panic.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for whoever comes from this address, once there is one.
    pub(super) async fn take(self: &Arc<Self>, address: IpAddr) -> Seat {
        loop {
            // From before the look, so that no change is missed.
            let changed = self.changed.notified();
            {
                let mut taken = self.taken();
                if taken.by_moment.len() < self.most {
                    return self.seat(&mut taken, address);
                }
                if !taken.is_one_going()
                    && let Some(idlest) = taken.idlest()
                {
                    idlest.is_going = true;
                    idlest.told.notify_one();
                }
            }
            changed.await;
        }
    }

    fn seat(self: &Arc<Self>, taken: &mut Taken, address: IpAddr) -> Seat {
        let moment = taken.next();
        let told = Arc::new(Notify::new());
        let connected = Connected {
            address,
            has_asked: false,
            idle_since: Some(moment),
            asking_since: None,
            is_going: false,
            told: Arc::clone(&told),
        };
        taken.by_moment.insert(moment, connected);
        Seat {
            seats: Arc::clone(self),
            moment,
            told,
        }
    }
}

/// A connection's seat, free again once this is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    moment: u64,
    told: Arc<Notify>,
}

impl Seat {
    /// Waits until it has to be left to somebody else.
    pub(super) async fn gives_way(&self) {
        while !self.is_going() {
            self.told.notified().await;
        }
    }

    fn is_going(&self) -> bool {
        self.is(|one| one.is_going)
    }

    /// Waits until one answer has taken longer than any may.
    pub(super) async fn overstays(&self) {
        loop {
            let since = self.asking_since().unwrap_or_else(Instant::now);
            let until = since + limits::ANSWER_READ;
            tokio::time::sleep_until(until).await;
            if self.asking_since() == Some(since) {
                return;
            }
        }
    }

    fn asking_since(&self) -> Option<Instant> {
        let taken = self.seats.taken();
        taken.by_moment.get(&self.moment)?.asking_since
    }

    /// Whether a request has come.
    pub(super) fn has_asked(&self) -> bool {
        self.is(|one| one.has_asked)
    }

    fn is(&self, so: impl Fn(&Connected) -> bool) -> bool {
        self.seats
            .taken()
            .by_moment
            .get(&self.moment)
            .is_some_and(so)
    }

    /// A request is under way for as long as what this gives is kept.
    pub(super) fn ask(&self) -> Asking {
        let mut was_going = false;
        if let Some(one) = self.seats.taken().by_moment.get_mut(&self.moment) {
            one.has_asked = true;
            one.idle_since = None;
            one.asking_since = Some(Instant::now());
            was_going = std::mem::take(&mut one.is_going);
        }
        if was_going {
            // Somebody else has to go in its place.
            self.seats.changed.notify_one();
        }
        Asking {
            seats: Arc::clone(&self.seats),
            moment: self.moment,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().by_moment.remove(&self.moment);
        self.seats.changed.notify_one();
    }
}

/// A request that is under way, until its answer has been handed over to the connection.
pub(super) struct Asking {
    seats: Arc<Seats>,
    moment: u64,
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        let now = taken.next();
        if let Some(one) = taken.by_moment.get_mut(&self.moment) {
            one.idle_since = Some(now);
            one.asking_since = None;
        }
        drop(taken);
        self.seats.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn was_told(seat: &Seat) -> bool {
        seat.is_going()
    }

    /// Whoever comes waits, and somebody may have been told to go.
    async fn comes(seats: &Arc<Seats>) -> tokio::task::JoinHandle<Seat> {
        let seats = Arc::clone(seats);
        let comer = tokio::spawn(async move { seats.take(address(99)).await });
        tokio::task::yield_now().await;
        comer
    }

    #[tokio::test]
    async fn whoever_never_asked_gives_way_first_and_then_the_longest_idle_of_the_largest_crowd() {
        let seats = Seats::new(4);
        let crowd = [
            seats.take(address(1)).await,
            seats.take(address(1)).await,
            seats.take(address(1)).await,
        ];
        // It is idle for longest, and the only one of its address.
        let alone = seats.take(address(2)).await;
        drop(alone.ask());
        drop(crowd[1].ask());
        drop(crowd[0].ask());
        let comer = comes(&seats).await;
        let told = crowd.iter().map(was_told).collect::<Vec<_>>();
        assert_eq!((told, was_told(&alone)), (vec![false, false, true], false));
        let [first, second, silent] = crowd;
        drop(silent);
        let last = comer.await.unwrap();
        drop(last.ask());
        let _another = comes(&seats).await;
        // All have asked. Of the two of one address the second was idle first.
        let told = [&first, &second, &alone, &last].map(was_told);
        assert_eq!(told, [false, true, false, false]);
    }

    #[tokio::test]
    async fn whoever_has_a_request_under_way_keeps_its_seat_until_it_is_answered() {
        let seats = Seats::new(1);
        let seat = seats.take(address(1)).await;
        let asking = seat.ask();
        let comer = comes(&seats).await;
        assert!(!was_told(&seat) && !comer.is_finished());
        drop(asking);
        tokio::task::yield_now().await;
        assert!(was_told(&seat));
        // Its request came at the same moment.
        let asking = seat.ask();
        assert!(!was_told(&seat));
        drop(asking);
        seat.gives_way().await;
        drop(seat);
        comer.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_one_answer_for_longer_than_any_takes_has_to_go() {
        let seats = Seats::new(1);
        let seat = seats.take(address(1)).await;
        let overstays =
            async || tokio::time::timeout(limits::ANSWER_READ * 3, seat.overstays()).await;
        assert!(overstays().await.is_err(), "it asks for nothing");
        let first = seat.ask();
        tokio::time::advance(limits::ANSWER_READ / 2).await;
        drop(first);
        let began = Instant::now();
        let _second = seat.ask();
        overstays().await.unwrap();
        assert!(began.elapsed() >= limits::ANSWER_READ);
    }
}
