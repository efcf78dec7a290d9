//! create: KakaoPay makes it ready, then one commit holds the payment, its event and the
//! idempotency record. A ready answer that is lost costs nothing: its TID expires unpaid.

use danpay_core::{Actor, Context, Opened, Order, Payment, open};

use super::{Flow, FlowError};
use crate::clock;
use crate::store::{Idempotency, StoreError};

/// A shop's `Idempotency-Key`, with the hash of what it asked for under it.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) request_hash: [u8; 32],
}

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
        if let Some(key) = &key
            && let Some(known) = self.store.idempotency(key.key.clone()).await?
        {
            return replay(key, known);
        }
        let now = self.clock.now();
        let id = clock::payment_id(now)?;
        let ready = self.gateway.ready(id, &order).await?;
        let now = self.clock.now();
        let opened = Opened {
            id,
            livemode: self.gateway.livemode(),
            cid: self.gateway.cid().as_str().to_owned(),
            tid: ready.answer.tid,
            redirect: ready.answer.redirect,
            created_at: ready.answer.created_at.unwrap_or(now),
        };
        let event_id = clock::event_id(now)?;
        let evidence = Some(ready.evidence);
        let change = open(
            order,
            opened,
            Context {
                now,
                by: Actor::Shop,
                event_id,
                evidence,
            },
        );
        let payment = change.payment.clone();
        let answer = render(&payment);
        let record = key.clone().map(|Key { key, request_hash }| Idempotency {
            key,
            request_hash,
            answer: answer.clone(),
        });
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
            (Err(StoreError::KeyTaken), Some(key)) => {
                let known = self.store.idempotency(key.key.clone()).await?;
                replay(&key, known.ok_or(StoreError::Conflict)?)
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}

fn replay(key: &Key, known: Idempotency) -> Result<Created, FlowError> {
    if known.request_hash == key.request_hash {
        Ok(Created::Replayed(known.answer))
    } else {
        Err(FlowError::KeyReused)
    }
}
