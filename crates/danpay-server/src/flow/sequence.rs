//! sequence: what has been committed gets its position among the events of its shop. Every server
//! tries it; a lease lets one of them do it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use danpay_core::{EventKind, PaymentRef, timing};
use tokio_util::sync::CancellationToken;

use super::Flow;
use crate::alerts::AlertKind;
use crate::clock::NoRandomness;
use crate::limits;
use crate::store::StoreError;
use crate::store::positions::{GivePositions, Lease, OldestWaiting, Told, Waiting};

/// One server's sequencer.
pub(crate) struct Sequencer {
    flow: Arc<Flow>,
    /// By which the lease knows this server.
    owner: [u8; 16],
    is_told: fn(EventKind) -> bool,
}

impl Sequencer {
    /// Shops are told of the changes of which `is_told` says so.
    pub(crate) fn new(
        flow: Arc<Flow>,
        is_told: fn(EventKind) -> bool,
    ) -> Result<Self, NoRandomness> {
        let owner = flow.entropy.bytes()?;
        Ok(Self {
            flow,
            owner,
            is_told,
        })
    }

    /// Gives positions until `stop`, and then leaves the lease to the next server.
    pub(crate) async fn run_until(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pause = match self.run_once().await {
                // There may be more.
                Ok(given) if given >= limits::SEQUENCE_BATCH as usize => Duration::ZERO,
                Ok(_) => self.flow.idle,
                Err(error) => {
                    tracing::error!(alert = error.alert(), %error, "events could not be given their positions");
                    self.flow.idle
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        let now = self.flow.clock.now();
        if let Err(error) = self.give(Vec::new(), (now, now)).await {
            // It ends by itself.
            tracing::warn!(%error, "the sequencer's lease could not be given back");
        }
    }

    /// Once: how many changes have left the outbox, none if another server does it.
    pub(crate) async fn run_once(&self) -> Result<usize, StoreError> {
        let limit = limits::SEQUENCE_BATCH;
        let waiting = self.flow.store.ask(OldestWaiting { limit }).await?;
        let changes = self.in_order(waiting);
        let count = changes.len();
        if count == 0 {
            return Ok(0);
        }
        let now = self.flow.clock.now();
        let until = timing::after(now, limits::SEQUENCE_LEASE);
        let is_ours = self.give(changes, (now, until)).await?;
        Ok(if is_ours { count } else { 0 })
    }

    async fn give(
        &self,
        changes: Vec<Told>,
        (now, until): (jiff::Timestamp, jiff::Timestamp),
    ) -> Result<bool, StoreError> {
        let owner = self.owner;
        let lease = Lease { owner, now, until };
        let give = GivePositions { lease, changes };
        self.flow.store.ask(give).await
    }

    /// A payment's changes are committed one after the other, so none can wait without the one before
    /// it. If one does all the same, nothing of its payment is told out of order.
    fn in_order(&self, waiting: Vec<Waiting>) -> Vec<Told> {
        let mut held: HashSet<PaymentRef> = HashSet::new();
        let mut changes = Vec::with_capacity(waiting.len());
        for change in waiting {
            let Waiting {
                payment, sequence, ..
            } = change;
            if !change.follows && held.insert(payment) {
                tracing::error!(
                    alert = AlertKind::Database.as_str(),
                    payment.id = %payment,
                    sequence,
                    "the books lack the change before this one: shops are told no more of the payment"
                );
            }
            if !held.contains(&payment) {
                changes.push(Told {
                    payment,
                    sequence,
                    // A newer danpay's: whoever knows it tells it, and others pass it over.
                    is_told: change.kind.is_none_or(self.is_told),
                });
            }
        }
        changes
    }
}
