//! What all rooms of a running sandbox share: the books, the clock, the faults and the journal.
//! Invariant: a lock is held for one step of the ledger, never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::control::journal::Journal;
use crate::dice::Dice;
use crate::fault::Faults;
use crate::ledger::Ledger;

pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    journal: Mutex<Journal>,
    /// Calls that outlive their caller; they end with the sandbox.
    pub(crate) calls: TaskTracker,
    pub(crate) closing: CancellationToken,
}

pub(crate) struct Settings {
    /// Without a trailing slash.
    pub(crate) public_url: String,
    /// The only key that is accepted; any non-empty one when absent.
    pub(crate) secret_key: Option<String>,
    pub(crate) cids: Vec<String>,
}

/// The ledger with the dice that it draws from.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) dice: Dice,
}

impl World {
    pub(crate) fn new(settings: Settings, clock: Clock, dice: Dice) -> Self {
        Self {
            settings,
            clock,
            books: Mutex::new(Books {
                ledger: Ledger::default(),
                dice,
            }),
            faults: Mutex::default(),
            journal: Mutex::default(),
            calls: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// One step of the ledger, with its time.
    pub(crate) fn books<T>(&self, step: impl FnOnce(&mut Books, Timestamp) -> T) -> T {
        let mut books = lock(&self.books);
        // Read under the lock, so that time never runs backwards in the books.
        let now = self.clock.now();
        step(&mut books, now)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }
}

/// A panic while a lock was held is a bug of ours, but no reason to stop answering.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
