//! A time in which KakaoPay is left alone.

use danpay_core::timing;
use jiff::{SignedDuration, Timestamp};

/// From one instant to another. Both are kept, so that a clock that is set back ends it instead of
/// making it longer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    from: Timestamp,
    until: Timestamp,
}

impl Rest {
    pub(super) fn new(from: Timestamp, lasts: SignedDuration) -> Self {
        let until = timing::after(from, lasts);
        Self { from, until }
    }

    /// What is left of it; nothing, if it is over or has not begun.
    pub(super) fn left(self, now: Timestamp) -> Option<SignedDuration> {
        let during = self.from <= now && now < self.until;
        during.then(|| self.until.duration_since(now))
    }
}
