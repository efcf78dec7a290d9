//! What all in a run share: the time, chance, and the record of what must not have happened.
//!
//! **Invariant**: chance comes from the seed alone, the time from tokio's paused clock alone.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::audit;
use crate::books::Books;
use crate::chance::Chance;
use crate::counts::Kind;
use crate::host::Host;
use crate::kakaopay::KakaoPay;
use crate::keys::Keys;
use crate::record::Record;
use crate::seller::Seller;
use crate::shop::hooks::Hooks;
use crate::temper::Temper;
use crate::timeline::note;
use crate::weather::Weather;

/// When every run begins: 2026-01-01, noon in Korea.
const BEGINNING_S: i64 = 1_767_236_400;

pub(crate) struct World {
    pub(crate) kakaopay: KakaoPay,
    pub(crate) books: Books,
    pub(crate) chance: Chance,
    pub(crate) temper: Temper,
    pub(crate) weather: Weather,
    pub(crate) keys: Keys,
    pub(crate) hooks: Hooks,
    /// While it is on, things go wrong.
    chaos: AtomicBool,
    /// How often the books were an older backup.
    restores: AtomicU32,
    begun: Instant,
    record: Mutex<Record>,
    hosts: Mutex<Vec<Arc<Host>>>,
    api_keys: Mutex<[String; 2]>,
}

impl World {
    pub(crate) fn new(seed: u64, kakaopay: KakaoPay, books: Books, chance: Chance) -> Arc<Self> {
        let temper = Temper::draw(&chance);
        Arc::new(Self {
            hooks: Hooks::draw(seed, temper.restored),
            kakaopay,
            books,
            chance,
            temper,
            weather: Weather::default(),
            keys: Keys::default(),
            chaos: AtomicBool::new(true),
            restores: AtomicU32::new(0),
            begun: Instant::now(),
            record: Mutex::default(),
            hosts: Mutex::default(),
            api_keys: Mutex::default(),
        })
    }

    /// The true time; clocks go by it more or less.
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
        self.keys.write_file();
        note("world", "nothing goes wrong any more");
    }

    /// Something beside the calls to KakaoPay goes wrong in `per_mille` of cases, while there is chaos.
    pub(crate) fn strikes(&self, per_mille: u32) -> bool {
        self.chaos() && self.temper.others && self.chance.is(per_mille)
    }

    /// The same, and it is counted.
    pub(crate) fn fault(&self, per_mille: u32, what: &'static str) -> bool {
        let strikes = self.strikes(per_mille);
        if strikes {
            self.count(Kind::Fault, what);
        }
        strikes
    }

    pub(crate) fn count(&self, kind: Kind, what: impl Into<Cow<'static, str>>) {
        self.record().counts.count(kind, what);
    }

    pub(crate) fn violation(&self, what: String) {
        note("VIOLATION", &what);
        self.record().violations.push(what);
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.record)
    }

    /// How often the books were an older backup by now.
    pub(crate) fn restores(&self) -> u32 {
        self.restores.load(Ordering::Relaxed)
    }

    /// The books are an older backup now.
    pub(crate) fn books_are_older(&self) {
        self.restores.fetch_add(1, Ordering::Relaxed);
        audit::books_are_older(self);
    }

    /// The first server makes the first shop's key, an operator the second one's.
    pub(crate) fn set_api_key(&self, seller: Seller, key: &str) {
        self.record().secrets.insert(key.to_owned());
        let [first, second] = &mut *lock(&self.api_keys);
        let of = match seller {
            Seller::First => first,
            Seller::Second => second,
        };
        key.clone_into(of);
    }

    /// Empty until there is one.
    pub(crate) fn api_key(&self, seller: Seller) -> String {
        let [first, second] = lock(&self.api_keys).clone();
        match seller {
            Seller::First => first,
            Seller::Second => second,
        }
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

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
