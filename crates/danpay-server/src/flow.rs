//! The story of a payment, one step a file.
//!
//! **Invariant**: a step is load, decide, commit, and only then KakaoPay is called; an answer is
//! again a command to decide. A call to approve runs in a task of its own, so neither a browser
//! that goes away nor the end of a request cuts it off.

mod approve;
mod call;
mod cancel;
mod create;
mod due;
mod feed;
mod followers;
mod history;
mod idempotent;
mod list;
mod look_up;
mod maintenance;
mod open;
mod recover;
mod sequence;
mod step;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{
    Actor, Context, InvalidField, OrderNumbers, Payment, PaymentId, PaymentRef, RefundLimits,
    Refusal, ShopId,
};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, Entropy, NoRandomness};
use crate::gateway::ReadyError;
use crate::shops::{ShopError, Shops};
use crate::store::payments::{ForPayer, OfShop};
use crate::store::{Store, StoreError};

pub(crate) use feed::{Asked, Wait};
pub(crate) use followers::Followers;
pub(crate) use history::{Happened, HistoryPart};
pub(crate) use idempotent::{Handled, Key};
pub use recover::{Logged, Recovered};
pub(crate) use sequence::Sequencer;
pub(crate) use waiting::{Late, WaitingPayments};

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FlowError {
    #[error("there is no such payment")]
    NotFound,
    /// Nobody can go on reading after it.
    #[error("there is no such event")]
    NoSuchEvent,
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Whether that was for a cancellation.
    #[error("the Idempotency-Key was used for another request")]
    KeyReused(bool),
    /// The order of a new payment is paid already, by this one.
    #[error("the order is paid already, by {0}")]
    OrderPaid(PaymentId),
    /// The shop sells nothing any more.
    #[error("the shop is disabled")]
    ShopDisabled,
    #[error(transparent)]
    Field(#[from] InvalidField),
    #[error(transparent)]
    Shop(#[from] ShopError),
    #[error(transparent)]
    Ready(#[from] ReadyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("the step panicked; what it has committed, if anything, is in the database")]
    Panicked,
}

impl FlowError {
    /// Under which name somebody is alerted to it, if it is trouble of the database's.
    pub(crate) fn alert(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) | Self::Shop(ShopError::Store(error)) => error.alert(),
            _ => None,
        }
    }
}

/// The flow over one store and the shops' ways to KakaoPay. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) store: Store,
    pub(crate) shops: Shops,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    /// How long a worker rests when there is nothing to do.
    pub(crate) idle: Duration,
    /// Calls under way, which a graceful stop waits for.
    pub(crate) calls: TaskTracker,
    /// Payments that wait for their lookup.
    pub(crate) waiting: WaitingPayments,
    /// Shops that wait for their next event.
    pub(crate) followers: Followers,
    /// Changes each time that a webhook may have become due by this server's doing.
    pub(crate) deliveries_due: Arc<watch::Sender<()>>,
    /// How long deliveries of webhooks are kept.
    pub(crate) deliveries_last: SignedDuration,
}

impl Flow {
    /// A shop's payment as the database holds it.
    pub(crate) async fn payment(&self, payment: PaymentRef) -> Result<Payment, FlowError> {
        let payment = self.store.ask(OfShop(payment)).await?;
        payment.ok_or(FlowError::NotFound)
    }

    /// A payment, for its payer.
    pub(crate) async fn payers_payment(&self, id: PaymentId) -> Result<Payment, FlowError> {
        let payment = self.store.ask(ForPayer(id)).await?;
        payment.ok_or(FlowError::NotFound)
    }

    /// A change is in the database: webhooks of it are due, and it can be read, unless it has to wait for its
    /// position first.
    fn told(&self, shop_id: ShopId, is_told: bool) {
        if !is_told {
            return;
        }
        self.deliveries_due.send_replace(());
        if !self.store.gives_positions_after_commits() {
            self.followers.wake(shop_id);
        }
    }

    /// What a decision made now needs besides the payment.
    fn context(&self, by: Actor, evidence: Option<Value>) -> Result<Context, NoRandomness> {
        let now = self.clock.now();
        Ok(Context {
            now,
            by,
            event_id: self.entropy.event_id(now)?,
            jitter: self.entropy.jitter()?,
            evidence,
            obstacle: None,
            order_numbers: OrderNumbers::default(),
            refund_limits: RefundLimits::default(),
        })
    }
}
