//! approve: whoever gets the claim calls KakaoPay, once; everyone else waits or sees the result.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Call, Command, Payment, PaymentId, PgToken};

use super::{Acted, Flow, FlowError};

impl Flow {
    /// The payer is back with a `pg_token`. Waits at most `patience` for the outcome.
    pub(crate) async fn come_back(
        self: &Arc<Self>,
        id: PaymentId,
        pg_token: PgToken,
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        let acted = self
            .act(id, &Command::Return(pg_token), Actor::Payer, None)
            .await?;
        match acted {
            Acted::Changed { payment, call } => {
                self.follow(payment, call, Actor::Payer, patience).await
            }
            // A reload or a second tab: it sees how the payment stands.
            Acted::Unchanged(payment) | Acted::Refused(payment, _) => Ok(payment),
        }
    }

    /// The shop approves. Waits at most `patience` for the outcome.
    pub(crate) async fn approve(
        self: &Arc<Self>,
        id: PaymentId,
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        match self.act(id, &Command::Approve, Actor::Shop, None).await? {
            Acted::Changed { payment, call } => {
                self.follow(payment, call, Actor::Shop, patience).await
            }
            Acted::Unchanged(payment) => Ok(payment),
            Acted::Refused(_, refusal) => Err(refusal.into()),
        }
    }

    /// Makes the call that follows a change, in a task that outlives its caller, and tells how the
    /// payment stands once it is done or `patience` is over.
    pub(super) async fn follow(
        self: &Arc<Self>,
        payment: Payment,
        call: Option<Call>,
        by: Actor,
        patience: Duration,
    ) -> Result<Payment, FlowError> {
        let id = payment.id;
        match call {
            None => return Ok(payment),
            Some(Call::Approve) => {
                let flow = Arc::clone(self);
                let call = self
                    .calls
                    .spawn(async move { flow.call_approve(&payment, by).await });
                // Not in time, or the task was lost: the books say where it stands.
                let _ = tokio::time::timeout(patience, call).await;
            }
        }
        self.payment(id).await
    }

    /// Calls KakaoPay for a claimed approval and commits what its answer settles.
    pub(super) async fn call_approve(&self, payment: &Payment, by: Actor) {
        let answer = self.gateway.approve(payment).await;
        let evidence = Some(answer.evidence);
        let command = Command::Settle(answer.answer);
        if let Err(error) = self.act(payment.id, &command, by, evidence).await {
            // Recovery will ask KakaoPay; nothing is lost but time.
            tracing::error!(
                payment.id = %payment.id,
                payment.tid = payment.tid,
                %error,
                "the answer to approve could not be committed",
            );
        }
    }
}
