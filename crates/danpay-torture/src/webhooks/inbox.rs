//! What has come to one receiver, and when.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// An event at one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// When it came first.
    pub(super) came_at: Timestamp,
    /// When it was refused first, as far as the receiver knows.
    pub(super) refused_at: Option<Timestamp>,
    /// When it was taken first: just before the end of the answer went out.
    pub(super) taken_at: Option<Timestamp>,
    /// How often it was taken.
    pub(super) taken: u64,
}

/// By the events' ids.
pub(super) type Letters = BTreeMap<String, Letter>;

#[derive(Default)]
pub(super) struct Inbox(Mutex<Letters>);

impl Inbox {
    fn letters(&self) -> MutexGuard<'_, Letters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event has come, which may have happened before. Whether it may be refused: once each is.
    pub(super) fn came(&self, id: &str, now: Timestamp) -> bool {
        let mut letters = self.letters();
        let letter = letters.entry(id.to_owned()).or_insert(Letter {
            came_at: now,
            refused_at: None,
            taken_at: None,
            taken: 0,
        });
        letter.refused_at.is_none()
    }

    pub(super) fn refused(&self, id: &str, now: Timestamp) {
        if let Some(letter) = self.letters().get_mut(id) {
            letter.refused_at = letter.refused_at.or(Some(now));
        }
    }

    /// The whole answer is out, whose end went out just after `then`.
    pub(super) fn taken(&self, id: &str, then: Timestamp) {
        if let Some(letter) = self.letters().get_mut(id) {
            letter.taken_at = letter.taken_at.or(Some(then));
            letter.taken += 1;
        }
    }

    pub(super) fn has_taken(&self, id: &str) -> bool {
        self.letters()
            .get(id)
            .is_some_and(|letter| letter.taken > 0)
    }

    pub(super) fn all(&self) -> Letters {
        self.letters().clone()
    }
}

/// What the receivers' clocks say, which are danpay's as well.
pub(super) fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "what other processes say is held against it: nobody owns this time"
    )]
    Timestamp::now()
}
