//! KakaoPay is asked how a payment stands, and what the answer settles is committed. Whoever asks
//! (a visitor, the shop, recovery, an operator) takes from one allowance of lookups.

use std::sync::Arc;

use danpay_core::{Actor, Command, LookedUp, Payment, PaymentId, PaymentRef, Status, timing};

use super::step::Step;
use super::{Flow, FlowError, Key};
use crate::gateway::Answer;
use crate::limits;
use crate::store::payments::{ClaimLookup, LookFirst, ScheduleCheck};

impl Flow {
    /// The payer came back by the cancel or fail address. These have a secret that KakaoPay tells the
    /// payer's browser, so the payer can open them at any time and they prove nothing: they only make us
    /// ask, and not more often than once in a while.
    pub(crate) async fn look_up_for_visitor(
        self: &Arc<Self>,
        id: PaymentId,
    ) -> Result<Payment, FlowError> {
        let payment = self.payers_payment(id).await?;
        if payment.status().is_settled() {
            return Ok(payment);
        }
        self.look_up_if_allowed(payment, Actor::Payer).await
    }

    /// The shop wants to know how a payment stands at KakaoPay, whatever the database says. Asking again
    /// changes nothing, so a key leaves no record; but it must not be another request's.
    pub(crate) async fn look_up_for_shop(
        self: &Arc<Self>,
        payment: PaymentRef,
        key: Option<Key>,
    ) -> Result<Payment, FlowError> {
        self.known(payment.shop_id, key.as_ref()).await?;
        let payment = self.payment(payment).await?;
        self.look_up_if_allowed(payment, Actor::Shop).await
    }

    /// Its payer waits on the page. If its lookup is due already, as many others are, it comes first.
    pub(crate) async fn look_first(&self, payment: &Payment) -> Result<(), FlowError> {
        let now = self.clock.now();
        let called_at = payment.last_call_at().unwrap_or(now);
        let is_young = now < timing::after(called_at, limits::LOOK_FIRST_AFTER);
        if payment.status() == Status::Approving && !is_young {
            let payment = payment.reference();
            self.store.ask(LookFirst { payment, now }).await?;
        }
        Ok(())
    }

    /// Asks now; or leaves it to recovery, if this payment was looked up just before or too many
    /// lookups are made.
    pub(super) async fn look_up_if_allowed(
        self: &Arc<Self>,
        payment: Payment,
        by: Actor,
    ) -> Result<Payment, FlowError> {
        let (reference, now) = (payment.reference(), self.clock.now());
        let interval = limits::LOOKUP_INTERVAL;
        let limits = self.shops.gateway(&payment).await?.limits;
        if limits.take_lookups(self.clock.machine(), 1) == 1 {
            let claim = ClaimLookup {
                payment: reference,
                now,
                interval,
            };
            if self.store.ask(claim).await? {
                return self.look_up(payment, by).await;
            }
            // Whoever calls one address again and again takes nothing from the others.
            limits.give_back_lookups(1);
        }
        let soon = ScheduleCheck {
            payment: reference,
            now,
            at: timing::after(now, interval),
        };
        self.store.ask(soon).await?;
        Ok(payment)
    }

    pub(super) async fn look_up(
        self: &Arc<Self>,
        payment: Payment,
        by: Actor,
    ) -> Result<Payment, FlowError> {
        let gateway = self.shops.gateway(&payment).await?;
        let answer = gateway.look_up(&payment).await;
        self.learn(payment.reference(), answer, by).await
    }

    /// Commits what a lookup's answer settles, and makes the call that follows, if one does.
    pub(super) async fn learn(
        self: &Arc<Self>,
        payment: PaymentRef,
        Answer { answer, evidence }: Answer<LookedUp>,
        by: Actor,
    ) -> Result<Payment, FlowError> {
        let step = Step::new(Command::Learn(answer), by).evidence(evidence);
        let acted = self.run(payment, step, limits::PAYER_WAITS).await?;
        Ok(acted.into_payment())
    }
}
