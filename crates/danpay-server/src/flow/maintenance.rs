//! Maintenance of the database while the server runs: future event partitions are created, and old
//! idempotency keys, sums of refunds and traces of servers are removed.

use std::sync::Arc;

use danpay_core::timing;
use tokio_util::sync::CancellationToken;

use super::Flow;
use crate::limits;
use crate::store::StoreError;
use crate::store::server::{PrepareAhead, PruneKeys, PruneProbes, PruneRefundDays};
use crate::store::webhooks::PruneDeliveries;

impl Flow {
    /// Maintains the database until `stop`.
    pub(crate) async fn maintain_until(self: Arc<Self>, stop: CancellationToken) {
        loop {
            if let Err(error) = self.maintain().await {
                // Nothing fails for it yet, and the next turn is in time.
                tracing::warn!(%error, "maintenance of the database failed");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.next_maintenance() => {}
            }
        }
    }

    /// Ready after an hour, by the clock of tests too, if payments have one.
    async fn next_maintenance(&self) {
        let last = self.clock.now();
        let an_hour = tokio::time::sleep(limits::MAINTENANCE);
        let moved = async {
            while self.clock.now().duration_since(last) < limits::MAINTENANCE_MOVED {
                tokio::time::sleep(limits::WORKER_IDLE).await;
            }
        };
        if self.clock.is_of_tests() {
            tokio::select! {
                () = an_hour => {}
                () = moved => {}
            }
        } else {
            an_hour.await;
        }
    }

    /// Once. Keys go in small pieces, so that nobody waits for them.
    pub(crate) async fn maintain(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.ask(PrepareAhead { now }).await?;
        let before = timing::before(now, limits::KEYS_LAST);
        let most = limits::KEYS_BATCH;
        while self.store.ask(PruneKeys { before, most }).await? > 0 {}
        let before = timing::korean_day(timing::before(now, limits::REFUND_DAYS_LAST));
        self.store.ask(PruneRefundDays { before }).await?;
        let before = timing::before(now, self.deliveries_last);
        let most = limits::DELIVERIES_BATCH;
        while self.store.ask(PruneDeliveries { before, most }).await? > 0 {}
        let before = timing::before(now, limits::PROBES_LAST);
        self.store.ask(PruneProbes { before }).await
    }
}
