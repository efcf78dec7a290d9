//! A step and the call that follows it. Both run in a task of their own, so neither a browser that
//! goes away nor the end of a request leaves a claim behind that nobody acts on.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use danpay_core::{
    Actor, Call, CancelAnswer, CancellationId, Command, Payment, PaymentRef, timing,
};
use serde_json::Value;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::step::{Acted, Claimed, Step};
use super::{Flow, FlowError};
use crate::gateway::Gateway;

/// With what a step begins.
pub(super) enum Start {
    /// The payment as it is found in the database.
    Of(PaymentRef),
    /// The payment as it was read just before.
    AsRead(Box<Payment>),
}

impl From<PaymentRef> for Start {
    fn from(payment: PaymentRef) -> Self {
        Self::Of(payment)
    }
}

impl From<Payment> for Start {
    fn from(payment: Payment) -> Self {
        Self::AsRead(Box::new(payment))
    }
}

impl Flow {
    /// Decides and commits, makes the call that follows if one does, and tells how the payment
    /// stands once that is done or `patience` is over.
    pub(super) async fn run(
        self: &Arc<Self>,
        start: impl Into<Start>,
        step: Step,
        patience: Duration,
    ) -> Result<Acted, FlowError> {
        let (reference, known) = match start.into() {
            Start::Of(payment) => (payment, None),
            Start::AsRead(payment) => (payment.reference(), Some(*payment)),
        };
        let (tell, told) = oneshot::channel();
        let flow = Arc::clone(self);
        let by = step.by;
        let work = async move {
            let acted = flow.decide_and_commit(reference, known, step).await;
            let (acted, claimed) = match acted {
                Ok(Acted::Changed {
                    payment,
                    claimed: Some(claimed),
                }) => (Ok(Acted::only(payment.clone())), Some((payment, claimed))),
                acted => (acted, None),
            };
            // Whoever asked may have gone away.
            let _ = tell.send((acted, claimed.is_some()));
            let (payment, claimed) = claimed?;
            flow.call_kakaopay(&payment, claimed, by).await
        };
        // Its lines in the log are those of whoever asked for it.
        // Boxed, as it is handed on several times before it is run.
        let work = self.calls.spawn(Box::pin(work).in_current_span());
        // The task tells before it ends, unless it panics.
        let (acted, is_called) = told.await.map_err(|_| FlowError::Panicked)?;
        let acted = acted?;
        if !is_called {
            return Ok(acted);
        }
        let payment = match tokio::time::timeout(patience, work).await {
            Ok(Ok(Some(payment))) => payment,
            // Not in time, or the task was lost: the database says where it stands.
            _ => self.payment(reference).await?,
        };
        Ok(Acted::only(payment))
    }

    /// Calls KakaoPay for what was claimed and commits what its answer settles; gives the payment
    /// afterwards if it is known.
    async fn call_kakaopay(
        self: &Arc<Self>,
        payment: &Payment,
        claimed: Claimed,
        by: Actor,
    ) -> Option<Payment> {
        // Its turn is held until the answer is here.
        let Claimed { call, turn: _turn } = claimed;
        let claimed_at = payment.last_call_at()?;
        let age = self.clock.now().duration_since(claimed_at);
        if age > timing::CLAIM_HOLDS {
            // The commit took too long. Recovery finds that nothing moved, and claims it anew.
            tracing::warn!(payment.id = %payment.id, payment.tid = payment.tid, ?call, "too late for the call");
            return None;
        }
        let gateway = self.shops.gateway(payment).await.ok()?;
        let (command, evidence) = match call {
            Call::Approve => {
                let answer = gateway.approve(payment).await;
                (Command::SettleApprove(answer.answer), answer.evidence)
            }
            Call::Cancel(id) => ask_to_cancel(&gateway, payment, id).await?,
        };
        // What is left there is not what we believed: only a lookup tells what happened.
        let unclear = matches!(
            command,
            Command::SettleCancel(_, CancelAnswer::LeftDiffers(_))
        );
        let step = Step::new(command, by).evidence(evidence);
        let known = Some(payment.clone());
        match self
            .decide_and_commit(payment.reference(), known, step)
            .await
        {
            Ok(acted) if unclear => self.ask_how_it_stands(acted.into_payment(), by).await,
            Ok(acted) => Some(acted.into_payment()),
            Err(error) => {
                // Recovery will ask KakaoPay; nothing is lost but time.
                tracing::error!(
                    alert = error.alert(),
                    payment.id = %payment.id,
                    payment.tid = payment.tid,
                    ?call,
                    %error,
                    "KakaoPay's answer could not be committed",
                );
                None
            }
        }
    }

    /// Of a type of its own, since a lookup may lead to a call and a call to a lookup.
    fn ask_how_it_stands(
        self: &Arc<Self>,
        payment: Payment,
        by: Actor,
    ) -> Pin<Box<dyn Future<Output = Option<Payment>> + Send>> {
        let flow = Arc::clone(self);
        Box::pin(async move { flow.look_up_if_allowed(payment, by).await.ok() })
    }
}

/// `None` if the payment has no such cancellation pending, which only a fault of ours causes.
async fn ask_to_cancel(
    gateway: &Gateway,
    payment: &Payment,
    id: CancellationId,
) -> Option<(Command, Value)> {
    let cancellation = payment.pending().filter(|pending| pending.id == id)?;
    let answer = gateway.cancel(payment, cancellation).await;
    Some((Command::SettleCancel(id, answer.answer), answer.evidence))
}
