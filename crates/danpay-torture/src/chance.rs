//! Draws from a seed.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;

pub(crate) struct Chance(Rng);

impl Chance {
    /// Those who draw at the same time each have a stream of their own, so that none's draws
    /// depend on how fast another one is.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        // Seeds beside each other give unlike streams only once they are mixed.
        let mixed = Rng::with_seed(seed).u64(..) ^ Rng::with_seed(!stream).u64(..);
        Self(Rng::with_seed(mixed))
    }

    /// Draws of its own for somebody who goes on at the same time.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    pub(crate) fn is(&mut self, per_mille: u32) -> bool {
        self.0.u32(0..1000) < per_mille
    }

    pub(crate) fn number(&mut self, range: Range<u64>) -> u64 {
        self.0.u64(range)
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.number(range))
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        self.0.choice(of)
    }
}
