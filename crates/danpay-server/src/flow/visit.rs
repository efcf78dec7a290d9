//! cancel and fail returns: anyone can call these URLs, so they prove nothing. They only make us
//! ask KakaoPay, and not more often than once in a while.

use std::sync::Arc;

use danpay_core::{Actor, Command, Payment, PaymentId};

use super::{Acted, Flow, FlowError, Step};
use crate::limits;

impl Flow {
    /// Somebody says that the payment has ended without money: KakaoPay is asked.
    pub(crate) async fn look_up_for_visitor(
        self: &Arc<Self>,
        id: PaymentId,
    ) -> Result<Payment, FlowError> {
        let payment = self.payment(id).await?;
        let now = self.clock.now();
        let interval = limits::LOOKUP_INTERVAL;
        if payment.status().is_settled() || !self.store.claim_lookup(id, now, interval).await? {
            return Ok(payment);
        }
        self.look_up(payment, Actor::Payer).await
    }

    /// The shop wants to know how a payment stands at KakaoPay, whatever the books say.
    pub(crate) async fn recover_now(self: &Arc<Self>, id: PaymentId) -> Result<Payment, FlowError> {
        let payment = self.payment(id).await?;
        let now = self.clock.now();
        if !self
            .store
            .claim_lookup(id, now, limits::LOOKUP_INTERVAL)
            .await?
        {
            return Ok(payment);
        }
        self.look_up(payment, Actor::Shop).await
    }

    /// Asks KakaoPay how a payment stands and commits what the answer settles.
    pub(super) async fn look_up(
        self: &Arc<Self>,
        payment: Payment,
        by: Actor,
    ) -> Result<Payment, FlowError> {
        let answer = self.gateway.look_up(&payment).await;
        let step = Step::new(Command::Learn(answer.answer), by).evidence(answer.evidence);
        match self.act(payment.id, step).await? {
            Acted::Changed { payment, call } => {
                self.follow(payment, call, by, limits::PAYER_WAITS).await
            }
            Acted::Unchanged(payment) | Acted::Refused(payment, _) => Ok(payment),
        }
    }
}
