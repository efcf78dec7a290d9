//! What all rooms of a running sandbox share: the books, the clock, the faults and the journal.
//! Invariant: a lock is held for one step of the ledger, never across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::dice::Dice;
use crate::fault::Faults;
use crate::guard::Guard;
use crate::journal::{Journal, Note};
use crate::ledger::{CancelVat, Ledger};
use crate::rate::Rate;

pub(crate) struct World {
    pub(crate) settings: Settings,
    /// The only key that is accepted now; any non-empty one when absent. No part of the state: it
    /// is the merchant's secret, and shown nowhere.
    secret_key: Mutex<Option<Arc<str>>>,
    pub(crate) clock: Clock,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    journal: Mutex<Journal>,
    /// Calls that outlive their caller; they end with the sandbox.
    pub(crate) calls: TaskTracker,
    pub(crate) closing: CancellationToken,
    pub(crate) rate: Rate,
    /// Told after every step that may have changed something.
    pub(crate) changed: Notify,
}

pub(crate) struct Settings {
    /// Without a trailing slash.
    pub(crate) public_url: String,
    /// The only key that is accepted at the start; any non-empty one when absent.
    pub(crate) secret_key: Option<String>,
    /// Who may ask at the tester's door.
    pub(crate) guard: Guard,
    pub(crate) cids: Vec<KnownCid>,
    /// Registered origins, which the shop's addresses have to have; any when empty.
    pub(crate) origins: Vec<String>,
    /// Whether the predecessor's API is served beside the current one.
    pub(crate) legacy: bool,
    /// What becomes of a cancellation's VAT that does not fit.
    pub(crate) cancel_vat: CancelVat,
    /// Whether a 401 comes without a body, as some clients see it.
    pub(crate) empty_401: bool,
    /// Whether each call is told of in the log.
    pub(crate) log_calls: bool,
    /// How many payments are kept before the oldest finished ones leave.
    pub(crate) payments_max: usize,
    /// How many calls are taken in a second; all, if not said.
    pub(crate) calls_per_second: Option<u32>,
    pub(crate) seed: u64,
}

/// A merchant code that is accepted.
pub(crate) struct KnownCid {
    pub(crate) code: String,
    pub(crate) kind: CidKind,
    /// What calls have to carry as `cid_secret`, if anything.
    pub(crate) secret: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CidKind {
    OneTime,
    Subscription,
}

impl KnownCid {
    pub(crate) fn new(code: impl Into<String>, kind: CidKind) -> Self {
        Self {
            code: code.into(),
            kind,
            secret: None,
        }
    }
}

/// The ledger with the dice that it draws from.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) dice: Dice,
}

impl World {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Self {
        let dice = Dice::new(settings.seed);
        Self {
            secret_key: Mutex::new(settings.secret_key.as_deref().map(Arc::from)),
            clock,
            faults: Mutex::new(Faults::new(dice.apart())),
            books: Mutex::new(Books {
                ledger: Ledger::new(settings.payments_max),
                dice,
            }),
            journal: Mutex::default(),
            calls: TaskTracker::new(),
            closing: CancellationToken::new(),
            rate: Rate::of(settings.calls_per_second),
            changed: Notify::new(),
            settings,
        }
    }

    /// One step of the ledger, with its time.
    pub(crate) fn books<T>(&self, step: impl FnOnce(&mut Books, Timestamp) -> T) -> T {
        let mut books = lock(&self.books);
        // Read under the lock, so that time never runs backwards in the books.
        let now = self.clock.now();
        let made = step(&mut books, now);
        self.changed.notify_one();
        made
    }

    /// The books as they are, without a step.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Books) -> T) -> T {
        at(&lock(&self.books))
    }

    /// The only key that is accepted now, if not any.
    pub(crate) fn secret_key(&self) -> Option<Arc<str>> {
        lock(&self.secret_key).clone()
    }

    /// From now on only this key is accepted, or any; the one before is worth nothing any more.
    pub(crate) fn set_secret_key(&self, only: Option<&str>) {
        *lock(&self.secret_key) = only.map(Arc::from);
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// The calls of the journal, oldest first; it is not locked while they are read.
    pub(crate) fn notes(&self) -> Vec<Arc<Note>> {
        lock(&self.journal).notes()
    }

    /// The order that a payment is about.
    pub(crate) fn order_id(&self, tid: &str) -> Option<String> {
        self.books(|books, _now| {
            let payment = books.ledger.by_tid(tid)?;
            Some(payment.order.partner_order_id.clone())
        })
    }
}

/// A panic while a lock was held is a bug of ours, but no reason to stop answering.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
