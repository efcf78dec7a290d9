//! The time and the randomness of the server, in one place, so that tests and simulations own
//! them.

use std::fmt;
use std::sync::Arc;

use danpay_core::{EventId, Jitter, PaymentId, ShopId};
use jiff::Timestamp;

/// Tells the time, UTC, in whole milliseconds. Clones tell the same.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the machine"
        )]
        Self::from_fn(Timestamp::now)
    }

    /// A clock of the caller's.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        // The database keeps milliseconds; a decision must not see more than it does.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
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
