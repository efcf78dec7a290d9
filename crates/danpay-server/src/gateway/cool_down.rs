//! A time in which something is left alone: KakaoPay, its keys, a line of the log.

use danpay_core::timing;
use jiff::{SignedDuration, Timestamp};

/// From one instant to another. Both are kept, so that a clock that is set back ends it instead of
/// making it longer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CoolDown {
    from: Timestamp,
    until: Timestamp,
}

impl CoolDown {
    pub(crate) fn new(from: Timestamp, lasts: SignedDuration) -> Self {
        let until = timing::after(from, lasts);
        Self { from, until }
    }

    /// What is left of it; nothing, if it is over or has not begun.
    pub(crate) fn left(self, now: Timestamp) -> Option<SignedDuration> {
        let during = self.from <= now && now < self.until;
        during.then(|| self.until.duration_since(now))
    }
}
