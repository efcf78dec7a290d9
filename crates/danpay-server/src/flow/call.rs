//! The calls that follow a commit. Each runs in a task of its own, so neither a browser that goes
//! away nor the end of a request cuts it off.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Call, CancellationId, Command, Payment};
use serde_json::Value;

use super::{Flow, FlowError, Step};

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
            .spawn(async move { flow.call(&payment, call, by).await });
        // Not in time, or the task was lost: the books say where it stands.
        let _ = tokio::time::timeout(patience, calling).await;
        self.payment(id).await
    }

    /// Calls KakaoPay for what was claimed and commits what its answer settles.
    async fn call(&self, payment: &Payment, call: Call, by: Actor) {
        let (command, evidence) = match call {
            Call::Approve => {
                let answer = self.gateway.approve(payment).await;
                (Command::Settle(answer.answer), answer.evidence)
            }
            Call::Cancel(id) => match self.ask_to_cancel(payment, id).await {
                Some(settled) => settled,
                None => return,
            },
        };
        let step = Step::new(command, by).evidence(evidence);
        if let Err(error) = self.act(payment.id, step).await {
            // Recovery will ask KakaoPay; nothing is lost but time.
            tracing::error!(
                payment.id = %payment.id,
                payment.tid = payment.tid,
                ?call,
                %error,
                "KakaoPay's answer could not be committed",
            );
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
