//! cancel and fail returns: anyone can call these URLs, so they prove nothing. They only make us
//! ask KakaoPay, and not more often than once in a while.

use std::sync::Arc;

use danpay_core::{Actor, Command, Payment, PaymentId};

use super::{Acted, Flow, FlowError};
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

    /// Asks KakaoPay how a payment stands and commits what the answer settles.
    pub(super) async fn look_up(
        self: &Arc<Self>,
        payment: Payment,
        by: Actor,
    ) -> Result<Payment, FlowError> {
        let answer = self.gateway.look_up(&payment).await;
        let evidence = Some(answer.evidence);
        let command = Command::Learn(answer.answer);
        match self.act(payment.id, &command, by, evidence).await? {
            Acted::Changed { payment, call } => {
                self.follow(payment, call, by, limits::PAYER_WAITS).await
            }
            Acted::Unchanged(payment) | Acted::Refused(payment, _) => Ok(payment),
        }
    }
}
