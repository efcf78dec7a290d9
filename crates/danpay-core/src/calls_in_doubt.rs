//! Calls to KakaoPay that move money, and whose effect is not known yet.
//!
//! **Invariant**: a call is counted when it is claimed and goes out of the count only when its own
//! answer says for certain what it did. So "not paid" and "not canceled" are believed only when no call
//! can change them any more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::timing;

/// Those of one approval, or of one cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsInDoubt {
    /// When the newest call was claimed, or refused for what is left there, UTC.
    #[serde(rename = "last_call_at")]
    pub newest: Timestamp,
    /// How many calls may have an effect that we have not learned. A definite "no" to one call proves
    /// nothing about another that is still in doubt.
    #[serde(rename = "calls_in_doubt")]
    pub count: u32,
}

impl CallsInDoubt {
    /// The first call is claimed.
    pub fn first(now: Timestamp) -> Self {
        Self {
            newest: now,
            count: 1,
        }
    }

    /// Another call is claimed.
    #[must_use]
    pub fn and_one(self, now: Timestamp) -> Self {
        Self {
            newest: now,
            count: self.count.saturating_add(1),
        }
    }

    /// One call is known to have done nothing.
    #[must_use]
    pub fn but_one(self) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            ..self
        }
    }

    /// Whether no call can have an effect that we have not learned.
    pub fn are_none(self) -> bool {
        self.count == 0
    }

    /// From when on "nothing moved" means that no call will move anything: at once, if none is in doubt.
    pub fn settle_at(self) -> Timestamp {
        if self.are_none() {
            Timestamp::MIN
        } else {
            timing::after(self.newest, timing::CALL_SETTLES)
        }
    }
}
