//! create: KakaoPay makes it ready, then one commit holds the payment, its event and the
//! idempotency record. A ready answer that is lost costs nothing: its TID expires unpaid.

use danpay_core::{Actor, Opened, Order, OrderNumbers, Refusal, open};

use super::{Flow, FlowError, Handled, Key};
use crate::store::{BeforeCreate, StoreError};

impl Flow {
    /// Creates a payment, once for each key. An order that is paid gets no further one.
    pub(crate) async fn create(
        &self,
        order: Order,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        let asked = key.as_ref().map(|key| key.key.clone());
        let order_id = order.order_id.as_str().to_owned();
        let BeforeCreate {
            known,
            paid_by,
            is_restored,
        } = self.store.before_create(asked, order_id).await?;
        if let (Some(known), Some(key)) = (known, &key) {
            return self.replay(key.is_of(known)?).await;
        }
        if is_restored {
            return Err(Refusal::Restored.into());
        }
        if let Some(paid_by) = paid_by.filter(|_| self.order_numbers == OrderNumbers::Unique) {
            return Err(FlowError::OrderPaid(paid_by));
        }
        let id = self.entropy.payment_id(self.clock.now())?;
        let ready = self.gateway.ready(id, &order).await?;
        // The 15 minutes are counted from here, by our clock.
        let context = self.context(Actor::Shop, Some(ready.evidence))?;
        let opened = Opened {
            id,
            livemode: self.gateway.livemode(),
            cid: self.gateway.cid().as_str().to_owned(),
            tid: ready.answer.tid,
            redirect: Some(ready.answer.redirect),
            created_at: context.now,
        };
        let change = open(order, opened, context);
        let payment = change.payment.clone();
        let record = key.clone().map(|key| key.record(id, None));
        match (self.store.create(change, record).await, key) {
            (Ok(()), _) => {
                tracing::info!(
                    payment.id = %id,
                    payment.tid = payment.tid,
                    payment.order_id = payment.order.order_id.as_str(),
                    payment.total = payment.order.amount.total.get(),
                    "payment ready",
                );
                Ok(Handled {
                    payment,
                    cancellation: None,
                    replayed: false,
                })
            }
            // Another request with this key was quicker: its payment is the payment.
            (Err(StoreError::KeyTaken), key) => {
                let known = self.known(key.as_ref()).await?;
                self.replay(known.ok_or(StoreError::Conflict)?).await
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}
