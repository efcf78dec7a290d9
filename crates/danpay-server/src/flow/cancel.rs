//! cancel: money goes back. The cancellation is committed as pending before KakaoPay is called, at
//! most one of a payment at a time; whatever is not answered is settled by a lookup.

use std::sync::Arc;

use danpay_core::{Actor, Command, PaymentRef, Reason, Status, Wanted};

use super::step::Step;
use super::{Flow, FlowError, Handled, Key};

impl Flow {
    /// Cancels a payment, all or a part of what is left, once for each key.
    pub(crate) async fn cancel(
        self: &Arc<Self>,
        payment: PaymentRef,
        wanted: Wanted,
        reason: Option<Reason>,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        if let Some(known) = self.known(payment.shop_id, key.as_ref()).await? {
            return self.replay(payment.shop_id, known).await;
        }
        let reference = payment;
        let payment = self.payment(reference).await?;
        if !matches!(
            payment.status(),
            Status::Approved | Status::PartiallyCanceled
        ) {
            // It may be paid without our knowing it yet.
            self.look_up_if_allowed(payment, Actor::Shop).await?;
        }
        let cancellation = self.entropy.event_id(self.clock.now())?.into();
        let command = Command::Cancel {
            id: cancellation,
            wanted,
            reason,
        };
        let step = Step::new(command, Actor::Shop);
        self.run_under_key(reference, step, key, Some(cancellation))
            .await
    }
}
