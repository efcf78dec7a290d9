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
                () = tokio::time::sleep(limits::MAINTENANCE) => {}
            }
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
