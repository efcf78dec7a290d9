//! What all in a run share: the time, chance, the record of what went wrong on purpose and of
//! what must not have happened.
//!
//! **Invariant**: chance comes from the seed alone, the time from tokio's paused clock alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::books::Books;
use crate::host::Host;
use crate::kakaopay::KakaoPay;
use crate::network::Faults;
use crate::timeline::note;
use crate::weather::Weather;

/// When every run begins: 2026-01-01, noon in Korea.
const BEGINNING_S: i64 = 1_767_236_400;

pub(crate) struct World {
    pub(crate) kakaopay: KakaoPay,
    pub(crate) books: Books,
    pub(crate) chance: Chance,
    pub(crate) weather: Weather,
    pub(crate) faults: Faults,
    /// While it is on, things go wrong.
    chaos: AtomicBool,
    begun: Instant,
    record: Mutex<Record>,
    hosts: Mutex<Vec<Arc<Host>>>,
    api_key: Mutex<String>,
}

/// What is counted and kept for the end.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) violations: Vec<String>,
    /// What must be in no line of any log.
    pub(crate) secrets: BTreeSet<String>,
    /// Which statuses the shop was told, by payment.
    pub(crate) told: BTreeMap<String, BTreeSet<String>>,
    /// Which payments the shop was given, by `Idempotency-Key`.
    pub(crate) given: BTreeMap<String, BTreeSet<String>>,
    /// Under which keys the shop asked for cancellations, by payment.
    pub(crate) cancels: BTreeMap<String, BTreeSet<String>>,
    /// How often a server set out to move money, by endpoint and TID.
    pub(crate) calls: BTreeMap<(&'static str, String), u32>,
    /// Payments of which something was canceled at KakaoPay's own site.
    pub(crate) outside: BTreeSet<String>,
}

impl World {
    pub(crate) fn new(kakaopay: KakaoPay, books: Books, chance: Chance) -> Arc<Self> {
        let faults = Faults::draw(&chance);
        Arc::new(Self {
            kakaopay,
            books,
            chance,
            weather: Weather::default(),
            faults,
            chaos: AtomicBool::new(true),
            begun: Instant::now(),
            record: Mutex::default(),
            hosts: Mutex::default(),
            api_key: Mutex::default(),
        })
    }

    /// The true time, which KakaoPay has; servers' clocks go by it more or less.
    pub(crate) fn now(&self) -> Timestamp {
        beginning() + SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default()
    }

    pub(crate) fn chaos(&self) -> bool {
        self.chaos.load(Ordering::Relaxed)
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        self.chaos.store(false, Ordering::Relaxed);
        self.weather.clear();
        note("world", "nothing goes wrong any more");
    }

    /// Something beside the calls to KakaoPay goes wrong in `per_mille` of cases, while there is chaos.
    pub(crate) fn strikes(&self, per_mille: u32) -> bool {
        self.chaos() && self.faults.others && self.chance.is(per_mille)
    }

    /// The same, and it is counted.
    pub(crate) fn fault(&self, per_mille: u32, what: &'static str) -> bool {
        let strikes = self.strikes(per_mille);
        if strikes {
            self.count(what);
        }
        strikes
    }

    pub(crate) fn count(&self, what: &'static str) {
        *self.record().counts.entry(what).or_default() += 1;
    }

    pub(crate) fn violation(&self, what: String) {
        note("VIOLATION", &what);
        self.record().violations.push(what);
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    /// The first server makes the shop's key.
    pub(crate) fn set_api_key(&self, key: &str) {
        self.record().secrets.insert(key.to_owned());
        key.clone_into(&mut lock(&self.api_key));
    }

    pub(crate) fn api_key(&self) -> String {
        lock(&self.api_key).clone()
    }

    pub(crate) fn add_host(&self, host: Arc<Host>) {
        lock(&self.hosts).push(host);
    }

    /// Everybody lets go of everybody, or none of it would be freed.
    pub(crate) fn end(&self) {
        for host in std::mem::take(&mut *lock(&self.hosts)) {
            host.put_away();
        }
    }

    pub(crate) fn hosts(&self) -> Vec<Arc<Host>> {
        lock(&self.hosts).clone()
    }
}

pub(crate) fn beginning() -> Timestamp {
    Timestamp::from_second(BEGINNING_S).unwrap_or_default()
}

/// Draws from the seed.
pub(crate) struct Chance(Mutex<fastrand::Rng>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// Another source, whose draws do not disturb this one's.
    pub(crate) fn fork(&self) -> Self {
        Self(Mutex::new(self.rng().fork()))
    }

    pub(crate) fn is(&self, per_mille: u32) -> bool {
        self.rng().u32(0..1000) < per_mille
    }

    pub(crate) fn number(&self, range: Range<u64>) -> u64 {
        self.rng().u64(range)
    }

    pub(crate) fn millis(&self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.number(range))
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        self.rng().choice(of)
    }

    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.rng().fill(bytes);
    }

    fn rng(&self) -> MutexGuard<'_, fastrand::Rng> {
        lock(&self.0)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
