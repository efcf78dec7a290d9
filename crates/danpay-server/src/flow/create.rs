//! create: KakaoPay makes it ready, then one commit holds the payment, its event and the
//! idempotency record. A ready answer that is lost costs nothing: its TID expires unpaid.

use danpay_core::{Actor, Opened, Order, Payment, open};

use super::{Flow, FlowError, Key};
use crate::store::{Idempotency, StoreError};

/// The answer's body.
pub(crate) enum Created {
    New(String),
    /// Word for word what was answered the first time.
    Replayed(String),
}

impl Flow {
    /// Creates a payment, once for each key. `render` makes the answer that the key will repeat.
    pub(crate) async fn create(
        &self,
        order: Order,
        key: Option<Key>,
        render: impl Fn(&Payment) -> String,
    ) -> Result<Created, FlowError> {
        if let Some(known) = self.known(key.as_ref()).await? {
            return replay(known);
        }
        let now = self.clock.now();
        let id = self.entropy.payment_id(now)?;
        let ready = self.gateway.ready(id, &order).await?;
        let context = self.context(Actor::Shop, Some(ready.evidence))?;
        let opened = Opened {
            id,
            livemode: self.gateway.livemode(),
            cid: self.gateway.cid().as_str().to_owned(),
            tid: ready.answer.tid,
            redirect: Some(ready.answer.redirect),
            created_at: ready.answer.created_at.unwrap_or(context.now),
        };
        let change = open(order, opened, context);
        let payment = change.payment.clone();
        let answer = render(&payment);
        let record = key
            .clone()
            .map(|key| key.record(id, None, Some(answer.clone())));
        match (self.store.create(change, record).await, key) {
            (Ok(()), _) => {
                tracing::info!(
                    payment.id = %id,
                    payment.tid = payment.tid,
                    payment.order_id = payment.order.order_id.as_str(),
                    payment.total = payment.order.amount.total.get(),
                    "payment ready",
                );
                Ok(Created::New(answer))
            }
            // Another request with this key was quicker: its payment is the payment.
            (Err(StoreError::KeyTaken), key) => {
                let known = self.known(key.as_ref()).await?;
                replay(known.ok_or(StoreError::Conflict)?)
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}

fn replay(known: Idempotency) -> Result<Created, FlowError> {
    // The request's hash has the route in it, so the key's request was a create as well.
    let answer = known.answer.ok_or(StoreError::Conflict)?;
    Ok(Created::Replayed(answer))
}
