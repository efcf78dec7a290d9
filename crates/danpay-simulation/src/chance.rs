//! Draws from the seed.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::world::lock;

/// Between the turns at which two lives begin: no divisor of what is long.
const BETWEEN_LIVES: usize = 37;

pub(crate) struct Chance {
    rng: Mutex<fastrand::Rng>,
    turn: AtomicUsize,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        let turn = usize::try_from(seed).unwrap_or(0);
        Self {
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
            turn: AtomicUsize::new(turn.wrapping_mul(BETWEEN_LIVES)),
        }
    }

    /// Another source, whose draws do not disturb this one's.
    pub(crate) fn fork(&self) -> Self {
        Self {
            rng: Mutex::new(self.rng().fork()),
            turn: AtomicUsize::new(self.turn.load(Ordering::Relaxed)),
        }
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

    /// One after the other, from a beginning that is another in the next life: a thousand lives have
    /// each of many about as often.
    pub(crate) fn in_turn<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        of.get(turn.checked_rem(of.len())?)
    }

    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.rng().fill(bytes);
    }

    fn rng(&self) -> MutexGuard<'_, fastrand::Rng> {
        lock(&self.rng)
    }
}
