//! create: KakaoPay makes it ready, then one commit holds the payment, its event and the
//! idempotency record. A ready answer that is lost costs nothing: its TID expires unpaid.

use danpay_core::{Actor, NewPayment, Order, OrderNumbers, Refusal, ShopId, create};

use super::{Flow, FlowError, Handled, Key};
use crate::store::StoreError;
use crate::store::payments::{Against, BeforeCreate, Create};

impl Flow {
    /// Creates a payment, once for each key, by the contract of this merchant code or else by the shop's
    /// usual one. An order that is paid gets no further one.
    pub(crate) async fn create(
        &self,
        shop_id: ShopId,
        order: Order,
        cid: Option<String>,
        key: Option<Key>,
    ) -> Result<Handled, FlowError> {
        let before = BeforeCreate {
            shop_id,
            key: key.as_ref().map(|key| key.key.clone()),
            order_id: order.order_id.as_str().to_owned(),
        };
        let Against {
            known,
            paid_by,
            is_restored,
        } = self.store.ask(before).await?;
        if let (Some(known), Some(key)) = (known, &key) {
            return self.replay(shop_id, key.is_of(known)?).await;
        }
        let shop = self.shops.shop(shop_id).await?;
        if shop.is_disabled {
            return Err(FlowError::ShopDisabled);
        }
        shop.settings.check_addresses(&order)?;
        if let Some(cid) = &cid {
            shop.check_cid(cid)?;
        }
        if is_restored {
            return Err(Refusal::Restored.into());
        }
        if let Some(paid_by) = paid_by.filter(|_| shop.order_numbers() == OrderNumbers::Unique) {
            return Err(FlowError::OrderPaid(paid_by));
        }
        let id = self.entropy.payment_id(self.clock.now())?;
        // What is logged from here on is about it.
        tracing::Span::current().record("payment.id", tracing::field::display(id));
        let gateway = shop.gateway(cid.as_deref().unwrap_or(&shop.settings.cid))?;
        let ready = gateway.ready(id, &order).await?;
        // The 15 minutes are counted from here, by our clock.
        let context = self.context(Actor::Shop, Some(ready.evidence))?;
        let new = NewPayment {
            id,
            shop_id,
            livemode: gateway.livemode(),
            cid: gateway.cid().as_str().to_owned(),
            tid: ready.answer.tid,
            redirect: Some(ready.answer.redirect),
            created_at: context.now,
        };
        let change = Box::new(create(order, new, context));
        let payment = change.payment.clone();
        let record = key.clone().map(|key| key.record(id, None));
        match (self.store.create(Create { change, record }).await, key) {
            (Ok(()), _) => {
                self.told(shop_id, true);
                tracing::info!(
                    payment.id = %id,
                    payment.shop_id = %shop_id,
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
                let known = self.known(shop_id, key.as_ref()).await?;
                self.replay(shop_id, known.ok_or(StoreError::Conflict)?)
                    .await
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}
