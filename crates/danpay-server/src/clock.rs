//! The time and the randomness of the server, in one place, so that tests and simulations own
//! them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use danpay_core::{EventId, Jitter, PaymentId, ShopId};
use jiff::Timestamp;

/// Tells the time, UTC, in whole milliseconds. Clones tell the same.
///
/// There are two times, which differ only where a test moves one of them ([`of_tests`](Self::of_tests)).
/// Payments live by [`now`](Self::now): what happened when, expiry, when to look again, refund periods, what
/// is pruned. The machine's own (`machine`) is for what a jump would break: the sequencer's lease, which two
/// servers would hold; API keys and shops as they are known; and all limits, by which a call under way would
/// seem to have taken a quarter of an hour. Recovery's leases are times to look again, so they stand among
/// payments' times: after a jump two may look up one payment, and one of them commits.
#[derive(Clone)]
pub struct Clock(Arc<Hands>);

type Tell = dyn Fn() -> Timestamp + Send + Sync;

struct Hands {
    now: Arc<Tell>,
    machine: Arc<Tell>,
    /// Whether the two differ.
    is_of_tests: AtomicBool,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(machine_time)
    }

    /// A clock of the caller's, for everything.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let now: Arc<Tell> = Arc::new(now);
        let machine = Arc::clone(&now);
        Self(Arc::new(Hands {
            now,
            machine,
            is_of_tests: AtomicBool::new(false),
        }))
    }

    /// A clock of tests for payments, which may be moved; all else keeps the machine's. A server opens with it
    /// only where no real money moves.
    pub fn of_tests(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Hands {
            now: Arc::new(now),
            machine: Arc::new(machine_time),
            is_of_tests: AtomicBool::new(true),
        }))
    }

    /// Now, for payments.
    pub fn now(&self) -> Timestamp {
        let now = if self.is_of_tests() {
            (self.0.now)()
        } else {
            // Not told by tests, or not any more.
            (self.0.machine)()
        };
        in_milliseconds(now)
    }

    /// Now, for what tests do not move.
    pub(crate) fn machine(&self) -> Timestamp {
        in_milliseconds((self.0.machine)())
    }

    pub(crate) fn is_of_tests(&self) -> bool {
        self.0.is_of_tests.load(Ordering::SeqCst)
    }

    /// Real money moves from here on: a test's clock is the machine's again, for good.
    pub(crate) fn leave_tests(&self, reason: &'static str) {
        if self.0.is_of_tests.swap(false, Ordering::SeqCst) {
            tracing::error!(
                reason,
                "real money moves by this database: payments have the machine's clock again, and no longer the \
                 sandbox's"
            );
        }
    }
}

/// The database keeps milliseconds; a decision must not see more than it does.
fn in_milliseconds(now: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The machine cannot give random bytes; nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the machine gives no random bytes: {0}")]
pub struct NoRandomness(getrandom::Error);

/// Fills bytes with what nobody can guess.
type Fill = dyn Fn(&mut [u8]) -> Result<(), NoRandomness> + Send + Sync;

/// Where randomness comes from. Clones draw from the same source.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

impl Entropy {
    /// The machine's: bytes that nobody can guess.
    pub fn system() -> Self {
        Self(Arc::new(|bytes| {
            getrandom::fill(bytes).map_err(NoRandomness)
        }))
    }

    /// A source of the caller's. Ids, tokens and keys are as hard to guess as its bytes.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |bytes| {
            fill(bytes);
            Ok(())
        }))
    }

    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn payment_id(&self, now: Timestamp) -> Result<PaymentId, NoRandomness> {
        Ok(PaymentId::new(now, self.bytes()?))
    }

    pub(crate) fn shop_id(&self, now: Timestamp) -> Result<ShopId, NoRandomness> {
        Ok(ShopId::new(now, self.bytes()?))
    }

    pub(crate) fn jitter(&self) -> Result<Jitter, NoRandomness> {
        Ok(Jitter::new(self.bytes()?))
    }

    pub(crate) fn event_id(&self, now: Timestamp) -> Result<EventId, NoRandomness> {
        Ok(EventId::new(now, self.bytes()?))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_clock_of_tests_moves_payments_alone_and_only_until_real_money_moves() {
        let ahead = SignedDuration::from_hours(24);
        let clock = Clock::of_tests(move || machine_time() + ahead);
        let apart = |clock: &Clock| clock.now().duration_since(clock.machine());
        assert!(apart(&clock) > SignedDuration::from_hours(23));
        let clone = clock.clone();
        clock.leave_tests("a test");
        assert!(apart(&clone).abs() < SignedDuration::from_hours(1));
        assert!(!clone.is_of_tests());
    }
}
