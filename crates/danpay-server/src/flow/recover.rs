//! recover: every payment that is open or in doubt has a time to be looked at. Whoever runs this
//! leases what is due, asks KakaoPay, and commits what the answer settles. It never guesses.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, PaymentId, timing};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Flow, FlowError};
use crate::limits;

impl Flow {
    /// Recovers until `stop`. What it has leased when it stops is due again after the lease, or
    /// at the next start.
    pub(crate) async fn recover_until(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pause = match self.recover_due().await {
                Ok(0) => self.recovery_idle,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "recovery could not read the books");
                    self.recovery_idle
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Recovers what is due now, at most one batch of it and as many lookups as are allowed; tells
    /// how many payments that were.
    pub(crate) async fn recover_due(self: &Arc<Self>) -> Result<usize, FlowError> {
        let now = self.clock.now();
        let pressure = &self.gateway.pressure;
        let allowed = pressure.take_lookups(now, limits::RECOVERY_BATCH);
        if allowed == 0 {
            return Ok(0);
        }
        let until = timing::after(now, limits::RECOVERY_LEASE);
        let due = self.store.claim_due(now, until, allowed).await;
        let count = due.as_ref().map_or(0, Vec::len);
        pressure.give_back_lookups(allowed.saturating_sub(u32::try_from(count).unwrap_or(allowed)));
        let due = due?;
        let mut lookups = JoinSet::new();
        for id in due {
            let flow = Arc::clone(self);
            lookups.spawn(
                self.calls
                    .track_future(async move { flow.recover(id).await }),
            );
        }
        while let Some(ended) = lookups.join_next().await {
            if let Err(error) = ended {
                // The others have been looked up, and this one is due again after its lease.
                tracing::error!(%error, "the recovery of a payment panicked");
            }
        }
        Ok(count)
    }

    async fn recover(self: Arc<Self>, id: PaymentId) {
        let recovered = async {
            let payment = self.payment(id).await?;
            self.look_up(payment, Actor::Recovery).await
        };
        if let Err(error) = recovered.await {
            tracing::error!(payment.id = %id, %error, "recovery failed and will try again");
        }
    }
}
