//! The calls that follow a commit. Each runs in a task of its own, so neither a browser that goes
//! away nor the end of a request cuts it off.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Call, CancellationId, Command, Payment};
use serde_json::Value;

use super::{Acted, Flow, FlowError, Step};

impl Flow {
    /// Makes the call that follows a change, and tells how the payment stands once it is done or
    /// `patience` is over.
    pub(super) async fn follow(
        self: &Arc<Self>,
        payment: Payment,
        call: Option<Call>,
        by: Actor,
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        let Some(call) = call else { return Ok(payment) };
        let id = payment.id;
        let flow = Arc::clone(self);
        let calling = self
            .calls
            .spawn(async move { flow.call(payment, call, by).await });
        match tokio::time::timeout(patience, calling).await {
            Ok(Ok(Some(payment))) => Ok(payment),
            // Not in time, or the task was lost: the books say where it stands.
            _ => self.payment(id).await,
        }
    }

    /// Calls KakaoPay for what was claimed and commits what its answer settles. Tells how the
    /// payment stands then, if it could be committed.
    async fn call(&self, payment: Payment, call: Call, by: Actor) -> Option<Payment> {
        let (command, evidence) = match call {
            Call::Approve => {
                let answer = self.gateway.approve(&payment).await;
                (Command::Settle(answer.answer), answer.evidence)
            }
            Call::Cancel(id) => self.ask_to_cancel(&payment, id).await?,
        };
        let step = Step::new(command, by).evidence(evidence);
        let (id, tid) = (payment.id, payment.tid.clone());
        match self.act_on(payment, step).await {
            Ok(Acted::Changed { payment, .. } | Acted::Unchanged(payment)) => Some(payment),
            Ok(Acted::Refused(payment, _)) => Some(payment),
            Err(error) => {
                // Recovery will ask KakaoPay; nothing is lost but time.
                tracing::error!(
                    payment.id = %id,
                    payment.tid = tid,
                    ?call,
                    %error,
                    "KakaoPay's answer could not be committed",
                );
                None
            }
        }
    }

    /// `None` if the payment has no such cancellation pending, which only a fault of ours causes.
    async fn ask_to_cancel(
        &self,
        payment: &Payment,
        id: CancellationId,
    ) -> Option<(Command, Value)> {
        let cancellation = payment.pending().filter(|pending| pending.id == id)?;
        let answer = self.gateway.cancel(payment, cancellation).await;
        Some((Command::SettleCancel(id, answer.answer), answer.evidence))
    }
}
