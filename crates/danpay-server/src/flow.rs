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
mod history;
mod idempotent;
mod list;
mod look_up;
mod maintenance;
mod open;
mod recover;
mod sequence;
mod waiting;

use std::time::Duration;

use danpay_core::{
    Actor, Call, Command, Context, Decision, InvalidField, Obstacle, OrderNumbers, Payment,
    PaymentId, PaymentRef, RefundLimits, Refusal, decide, planted,
};
use serde_json::Value;
use tokio_util::task::TaskTracker;

use crate::alerts::AlertKind;
use crate::clock::{Clock, Entropy, NoRandomness};
use crate::gateway::{Limits, MoneyTurn, ReadyError};
use crate::shops::{ShopError, Shops};
use crate::store::payments::{CheckAt, Commit, ForPayer, Idempotency, OfShop};
use crate::store::{Store, StoreError};

pub(crate) use history::{Happened, HistoryPart};
pub(crate) use idempotent::{Handled, Key};
pub use recover::{Logged, Recovered};
pub(crate) use sequence::Sequencer;
pub(crate) use waiting::{Late, WaitingPayments};

/// How often a step is decided anew because the payment changed meanwhile. Each time somebody
/// else got ahead, so more than a few would be a fault of ours.
const ATTEMPTS: usize = 8;

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

/// A call to make at KakaoPay, and the leave to make it.
struct Claimed {
    call: Call,
    turn: MoneyTurn,
}

/// What a command came to.
enum Acted {
    Changed {
        payment: Payment,
        claimed: Option<Claimed>,
    },
    Unchanged(Payment),
    Refused(Payment, Refusal),
}

impl Acted {
    fn changed(payment: Payment, call: Option<Call>, turn: Option<MoneyTurn>) -> Self {
        let claimed = call.zip(turn).map(|(call, turn)| Claimed { call, turn });
        Self::Changed { payment, claimed }
    }

    /// Changed, and no call is left to be made.
    fn only(payment: Payment) -> Self {
        let claimed = None;
        Self::Changed { payment, claimed }
    }

    /// How the payment stands, whether or not the command changed it.
    fn into_payment(self) -> Payment {
        match self {
            Self::Changed { payment, .. }
            | Self::Unchanged(payment)
            | Self::Refused(payment, _) => payment,
        }
    }
}

/// A command and all that belongs to it.
struct Step {
    command: Command,
    by: Actor,
    /// What KakaoPay said, if the command comes of that.
    evidence: Option<Value>,
    /// The idempotency record that is born with the change.
    record: Option<Idempotency>,
}

impl Step {
    fn new(command: Command, by: Actor) -> Self {
        Self {
            command,
            by,
            evidence: None,
            record: None,
        }
    }

    fn evidence(mut self, evidence: Value) -> Self {
        self.evidence = Some(evidence);
        self
    }

    fn record(mut self, record: Option<Idempotency>) -> Self {
        self.record = record;
        self
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

    /// Decides and commits one command, anew for as long as others get ahead. It begins with the
    /// payment as it was read or written before, if it was: the commit
    /// finds out if that was too long ago, and what is not committed is decided on what the database
    /// says now. The turn for a call is taken before its claim is committed, since nothing may wait
    /// between the two; and what is in the way of a claim is decided on as well.
    async fn act_on(
        &self,
        reference: PaymentRef,
        known: Option<Payment>,
        step: Step,
    ) -> Result<Acted, FlowError> {
        let Step {
            command,
            by,
            evidence,
            record,
        } = step;
        let mut known = known;
        let mut turn = None;
        let mut obstacle = None;
        for _ in 0..ATTEMPTS {
            let is_read = known.is_none();
            let payment = match known.take() {
                Some(known) => known,
                None => self.payment(reference).await?,
            };
            let shop = self.shops.shop(payment.shop_id).await?;
            let context = Context {
                obstacle: obstacle.take(),
                order_numbers: shop.order_numbers(),
                refund_limits: shop.refund_limits(),
                ..self.context(by, evidence.clone())?
            };
            let decision = decide(&payment, command.clone(), context);
            if !is_read && !matches!(decision, Decision::Commit(_)) {
                continue;
            }
            let change = match decision {
                Decision::Refuse(refusal) => return Ok(Acted::Refused(payment, refusal)),
                Decision::Wait(next_check) => {
                    let check = CheckAt {
                        payment: reference,
                        version: payment.version,
                        at: next_check,
                    };
                    self.store.ask(check).await?;
                    return Ok(Acted::Unchanged(payment));
                }
                Decision::Commit(change) => change,
            };
            let (after, call) = (change.payment.clone(), change.call);
            if call.is_some() && turn.is_none() {
                let gateway = shop.gateway(&payment.cid);
                let limits = gateway.map(|gateway| &gateway.limits);
                let free = |limits: &&Limits| limits.money_turn_now(self.clock.now());
                turn = limits.as_ref().ok().and_then(free);
                if turn.is_none() {
                    // What was decided is too old by the time that there is a turn.
                    turn = match limits {
                        Ok(limits) => limits.money_turn(|| self.clock.now()).await,
                        Err(error) => {
                            // It ends nobody's payment: what is needed for the call is kept.
                            tracing::error!(payment.id = %reference, %error, "no call can be made");
                            None
                        }
                    };
                    obstacle = turn.is_none().then_some(Obstacle::Busy);
                    continue;
                }
            }
            if planted!(CallBeforeClaim) && call.is_some() {
                let gateway = self.shops.gateway(&after).await?;
                Box::pin(gateway.approve(&after)).await;
            }
            // Boxed, as every step of the flow holds this future and would be as large.
            let commit = Commit {
                change,
                record: record.clone(),
            };
            match Box::pin(self.store.commit(commit)).await {
                Err(StoreError::Conflict) if planted!(LoserCalls) && call.is_some() => {
                    return Ok(Acted::changed(after, call, turn));
                }
                Ok(()) => {
                    log_change(&payment, &after, by);
                    return Ok(Acted::changed(after, call, turn));
                }
                Err(StoreError::Conflict) => {}
                Err(StoreError::Obstacle(met)) => obstacle = Some(met),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }
}

/// The structured log names every TID, from which the database could be rebuilt by lookups.
fn log_change(before: &Payment, after: &Payment, by: Actor) {
    let approval = after.state.approval();
    tracing::info!(
        payment.id = %after.id,
        payment.shop_id = %after.shop_id,
        payment.tid = after.tid,
        payment.order_id = after.order.order_id.as_str(),
        payment.aid = approval.and_then(|approval| approval.aid.as_deref()),
        payment.total = after.order.amount.total.get(),
        payment.version = after.version,
        ?by,
        "payment {} -> {}", before.status(), after.status(),
    );
    if let Some(reason) = after
        .review
        .as_ref()
        .filter(|_| before.review != after.review)
    {
        tracing::warn!(
            alert = AlertKind::ReviewNeeded.as_str(),
            payment.id = %after.id,
            payment.tid = after.tid,
            %reason,
            "review needed"
        );
    }
}
