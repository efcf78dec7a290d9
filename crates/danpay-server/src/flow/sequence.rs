//! sequence: what has been committed gets its position among the events of its shop. Every server
//! tries it; a lease lets one of them do it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use danpay_core::{EventId, PaymentRef, timing};
use tokio_util::sync::CancellationToken;

use super::Flow;
use crate::clock::NoRandomness;
use crate::limits;
use crate::store::StoreError;
use crate::store::positions::{GivePositions, Lease, OldestWaiting, WaitingChange};

/// One server's sequencer.
pub(crate) struct Sequencer {
    flow: Arc<Flow>,
    /// By which the lease knows this server.
    owner: [u8; 16],
}

impl Sequencer {
    pub(crate) fn new(flow: Arc<Flow>) -> Result<Self, NoRandomness> {
        let owner = flow.entropy.bytes()?;
        Ok(Self { flow, owner })
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
        let now = self.flow.clock.machine();
        if let Err(error) = self.give(Vec::new(), (now, now)).await {
            // It ends by itself.
            tracing::warn!(%error, "the sequencer's lease could not be given back");
        }
    }

    /// Once: how many changes have left the outbox, none if another server does it.
    pub(crate) async fn run_once(&self) -> Result<usize, StoreError> {
        let limit = limits::SEQUENCE_BATCH;
        let changes = in_order(self.flow.store.ask(OldestWaiting { limit }).await?);
        let count = changes.len();
        if count == 0 {
            return Ok(0);
        }
        let now = self.flow.clock.machine();
        let until = timing::after(now, limits::SEQUENCE_LEASE);
        let is_ours = self.give(changes, (now, until)).await?;
        Ok(if is_ours { count } else { 0 })
    }

    async fn give(
        &self,
        changes: Vec<WaitingChange>,
        (now, until): (jiff::Timestamp, jiff::Timestamp),
    ) -> Result<bool, StoreError> {
        let owner = self.owner;
        let lease = Lease { owner, now, until };
        let shops: BTreeSet<_> = changes.iter().map(|one| one.payment.shop_id).collect();
        let give = GivePositions { lease, changes };
        let is_ours = self.flow.store.ask(give).await?;
        for shop_id in shops.into_iter().filter(|_| is_ours) {
            self.flow.followers.wake(shop_id);
        }
        Ok(is_ours)
    }
}

/// As they happened, by their ids, which begin with their time; of one payment always in the order of
/// its changes, whatever the clocks of the servers have made of their ids.
fn in_order(mut waiting: Vec<WaitingChange>) -> Vec<WaitingChange> {
    let mut newest: HashMap<PaymentRef, EventId> = HashMap::new();
    waiting.sort_by_cached_key(|change| {
        let newest = newest.entry(change.payment).or_insert(change.event_id);
        *newest = change.event_id.max(*newest);
        *newest
    });
    waiting
}

#[cfg(test)]
mod tests {
    use danpay_core::{PaymentId, ShopId};

    use super::*;

    #[test]
    fn a_payments_changes_stay_in_their_order_and_others_go_by_their_time() {
        let change = |payment, sequence, time| WaitingChange {
            event_id: EventId::from_bytes([time; 16]),
            payment: PaymentRef {
                shop_id: ShopId::from_bytes([1; 16]),
                id: PaymentId::from_bytes([payment; 16]),
            },
            sequence,
        };
        // The server that wrote the second of the first payment has a clock that is behind.
        let waiting = [(1, 1, 5), (1, 3, 2), (1, 4, 8), (2, 1, 4), (3, 1, 6)];
        let waiting = waiting.map(|(payment, sequence, time)| change(payment, sequence, time));
        let told = in_order(waiting.to_vec());
        let told = told
            .iter()
            .map(|one| (one.payment.id.as_bytes()[0], one.sequence));
        let expected = [(2, 1), (1, 1), (1, 3), (3, 1), (1, 4)];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}
