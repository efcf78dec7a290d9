//! One step: a command is decided on the payment, and what was decided is committed.
//!
//! **Invariant**: a turn for a call is taken before the call's claim is committed, so that nothing waits
//! between the two. Whoever loses the commit decides anew, on what is there then.

use danpay_core::{
    Actor, Call, Command, Context, Decision, EventType, Obstacle, Payment, PaymentRef, Refusal,
    decide,
};
use serde_json::Value;

use super::{Flow, FlowError};
use crate::alerts::AlertKind;
use crate::gateway::{Limits, MoneyTurn};
use crate::store::StoreError;
use crate::store::payments::{CheckAt, Commit, Idempotency};

/// How often a step is decided anew because the payment changed meanwhile. Each time somebody
/// else got ahead, so more than a few would be a fault of ours.
const ATTEMPTS: usize = 8;

/// A call to make at KakaoPay, and the leave to make it.
pub(super) struct Claimed {
    pub(super) call: Call,
    pub(super) turn: MoneyTurn,
}

/// What a command came to.
pub(super) enum Acted {
    Changed {
        payment: Payment,
        claimed: Option<Claimed>,
    },
    Unchanged(Payment),
    Refused(Payment, Refusal),
}

impl Acted {
    pub(super) fn changed(payment: Payment, call: Option<Call>, turn: Option<MoneyTurn>) -> Self {
        let claimed = call.zip(turn).map(|(call, turn)| Claimed { call, turn });
        Self::Changed { payment, claimed }
    }

    /// Changed, and no call is left to be made.
    pub(super) fn only(payment: Payment) -> Self {
        let claimed = None;
        Self::Changed { payment, claimed }
    }

    /// How the payment stands, whether or not the command changed it.
    pub(super) fn into_payment(self) -> Payment {
        match self {
            Self::Changed { payment, .. }
            | Self::Unchanged(payment)
            | Self::Refused(payment, _) => payment,
        }
    }
}

/// A command and all that belongs to it.
pub(super) struct Step {
    pub(super) command: Command,
    pub(super) by: Actor,
    /// What KakaoPay said, if the command comes of that.
    pub(super) evidence: Option<Value>,
    /// The idempotency record that is born with the change.
    pub(super) record: Option<Idempotency>,
}

impl Step {
    pub(super) fn new(command: Command, by: Actor) -> Self {
        Self {
            command,
            by,
            evidence: None,
            record: None,
        }
    }

    pub(super) fn evidence(mut self, evidence: Value) -> Self {
        self.evidence = Some(evidence);
        self
    }

    pub(super) fn record(mut self, record: Option<Idempotency>) -> Self {
        self.record = record;
        self
    }
}

impl Flow {
    /// Decides and commits one command, anew for as long as others get ahead. It begins with the
    /// payment as it was read or written before, if it was: the commit
    /// finds out if that was too long ago, and what is not committed is decided on what the database
    /// says now. The turn for a call is taken before its claim is committed, since nothing may wait
    /// between the two; and what is in the way of a claim is decided on as well.
    pub(super) async fn decide_and_commit(
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
            if payment.livemode {
                self.clock.leave_tests("a payment is live");
            }
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
            let is_told = EventType::of(&change.event).is_some();
            if call.is_some() && turn.is_none() {
                let gateway = shop.gateway(&payment.cid);
                let limits = gateway.map(|gateway| &gateway.limits);
                let free = |limits: &&Limits| limits.money_turn_now(self.clock.machine());
                turn = limits.as_ref().ok().and_then(free);
                if turn.is_none() {
                    // What was decided is too old by the time that there is a turn.
                    turn = match limits {
                        Ok(limits) => limits.money_turn(|| self.clock.machine()).await,
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
            // Boxed, as every step of the flow holds this future and would be as large.
            let commit = Commit {
                change,
                record: record.clone(),
            };
            match Box::pin(self.store.commit(commit)).await {
                Ok(()) => {
                    self.told(after.shop_id, is_told);
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
