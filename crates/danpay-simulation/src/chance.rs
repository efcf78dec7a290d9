//! Draws from the seed.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::world::lock;

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
