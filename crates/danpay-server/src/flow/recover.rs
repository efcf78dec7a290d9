//! recover: every payment that is open or in doubt has a time to be looked at. Whoever runs this
//! leases what is due, asks KakaoPay, and commits what the answer settles. It never guesses.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, PaymentRef, timing};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Flow, FlowError};
use crate::limits;
use crate::store::payments::{ClaimDue, LookSoon};

impl Flow {
    /// Recovers until `stop`. What it has leased when it stops is due again after the lease, or
    /// at the next start.
    pub(crate) async fn recover_until(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pause = match self.recover_due().await {
                Ok(0) => self.idle,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(alert = error.alert(), %error, "recovery could not read the books");
                    self.idle
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
        let (mut free, mut except) = (0_u32, Vec::new());
        for shop in self.shops.all().await? {
            match shop.free_lookups(now) {
                0 => except.push(shop.id),
                more => free = free.saturating_add(more),
            }
        }
        if free == 0 {
            return Ok(0);
        }
        let due = ClaimDue {
            now,
            until: timing::after(now, limits::RECOVERY_LEASE),
            limit: free.min(limits::RECOVERY_BATCH),
            except,
        };
        let due = self.store.ask(due).await?;
        let count = due.len();
        let mut lookups = JoinSet::new();
        for payment in due {
            let flow = Arc::clone(self);
            let span = tracing::info_span!("recovery", payment.id = %payment.id);
            let recover = async move { flow.recover(payment).await }.instrument(span);
            lookups.spawn(self.calls.track_future(recover));
        }
        while let Some(ended) = lookups.join_next().await {
            if let Err(error) = ended {
                // The others have been looked up, and this one is due again after its lease.
                tracing::error!(%error, "the recovery of a payment panicked");
            }
        }
        Ok(count)
    }

    async fn recover(self: Arc<Self>, reference: PaymentRef) {
        let recovered = async {
            let payment = self.payment(reference).await?;
            let now = self.clock.now();
            let pressure = self.shops.gateway(&payment).await?.pressure;
            if pressure.take_lookups(now, 1) == 1 {
                self.look_up(payment, Actor::Recovery).await?;
                return Ok::<_, FlowError>(());
            }
            // Others of its contract were quicker.
            let at = timing::after(now, limits::LOOKUP_PAUSE);
            let soon = LookSoon {
                payment: reference,
                at,
            };
            Ok(self.store.ask(soon).await?)
        };
        if let Err(error) = recovered.await {
            tracing::error!(alert = error.alert(), payment.id = %reference, %error, "recovery failed and will try again");
        }
    }
}
