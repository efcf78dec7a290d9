//! What a shop asks for under an `Idempotency-Key` happens once: the record of the key is born in
//! the commit of what it asked for, so no crash and no second server can come between.

use std::sync::Arc;

use danpay_core::{
    Actor, CancellationId, Command, Payment, PaymentId, PaymentRef, Refusal, ShopId,
};

use super::step::{Acted, Step};
use super::{Flow, FlowError};
use crate::limits;
use crate::store::StoreError;
use crate::store::payments::{AskedUnder, Idempotency};

/// A shop's `Idempotency-Key`, with the hash of what it asked for under it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) request_hash: [u8; 32],
}

impl Key {
    /// What is known under it, which must be the same request.
    pub(super) fn is_of(&self, known: Idempotency) -> Result<Idempotency, FlowError> {
        if known.request_hash == self.request_hash {
            Ok(known)
        } else {
            Err(FlowError::KeyReused(known.cancellation_id.is_some()))
        }
    }

    pub(super) fn record(
        self,
        payment_id: PaymentId,
        cancellation_id: Option<CancellationId>,
    ) -> Idempotency {
        let Self { key, request_hash } = self;
        Idempotency {
            key,
            request_hash,
            payment_id,
            cancellation_id,
        }
    }
}

/// A payment as it stands after, or since, what was asked for.
pub(crate) struct Handled {
    pub(crate) payment: Payment,
    /// The cancellation that was asked for, if that was it.
    pub(crate) cancellation: Option<CancellationId>,
    /// Asked for before, under the same key; nothing was run again.
    pub(crate) replayed: bool,
}

impl Flow {
    /// What is known under a key, if it asked for the same.
    pub(super) async fn known(
        &self,
        shop_id: ShopId,
        key: Option<&Key>,
    ) -> Result<Option<Idempotency>, FlowError> {
        let Some(key) = key else { return Ok(None) };
        let asked = AskedUnder {
            shop_id,
            key: key.key.clone(),
        };
        let known = self.store.ask(asked).await?;
        known.map(|known| key.is_of(known)).transpose()
    }

    /// Approves or withdraws for the shop, or tells how the payment stands if that is not possible.
    pub(crate) async fn approve_or_withdraw(
        self: &Arc<Self>,
        payment: PaymentRef,
        command: Command,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        if let Some(known) = self.known(payment.shop_id, key.as_ref()).await? {
            return self.replay(payment.shop_id, known).await;
        }
        let step = Step::new(command, Actor::Shop);
        self.run_under_key(payment, step, key, None).await
    }

    /// Runs a shop's command and the call that follows it, once for each key. A command that has no
    /// place in the payment's status changes nothing and leaves no key: a cancellation is refused,
    /// and for the others the payment tells how it stands.
    pub(super) async fn run_under_key(
        self: &Arc<Self>,
        PaymentRef { shop_id, id }: PaymentRef,
        step: Step,
        key: Option<Key>,
        cancellation: Option<CancellationId>,
    ) -> Result<Handled, FlowError> {
        let payment = PaymentRef { shop_id, id };
        let record = key.clone().map(|key| key.record(id, cancellation));
        let step = step.record(record);
        match self.run(payment, step, limits::SHOP_WAITS).await {
            Ok(Acted::Changed { payment, .. } | Acted::Unchanged(payment)) => Ok(Handled {
                payment,
                cancellation,
                replayed: false,
            }),
            // Refused, perhaps just because another request with this key was quicker: what that
            // one did is what was asked for.
            Ok(Acted::Refused(payment, refusal)) => {
                match self.known(shop_id, key.as_ref()).await? {
                    Some(known) => self.replay(shop_id, known).await,
                    None if cancellation.is_none() && matches!(refusal, Refusal::Status(_)) => {
                        Ok(Handled {
                            payment,
                            cancellation: None,
                            replayed: false,
                        })
                    }
                    None => Err(refusal.into()),
                }
            }
            Err(FlowError::Store(StoreError::KeyTaken)) => {
                let known = self.known(shop_id, key.as_ref()).await?;
                self.replay(shop_id, known.ok_or(StoreError::Conflict)?)
                    .await
            }
            Err(error) => Err(error),
        }
    }

    /// What was asked for under a known key, as it stands now.
    pub(super) async fn replay(
        &self,
        shop_id: ShopId,
        known: Idempotency,
    ) -> Result<Handled, FlowError> {
        let id = known.payment_id;
        let payment = self.payment(PaymentRef { shop_id, id }).await?;
        Ok(Handled {
            payment,
            cancellation: known.cancellation_id,
            replayed: true,
        })
    }
}
