//! Recovery: every payment that is open or in doubt has a time to be looked at. Whoever runs this
//! leases what is due, asks KakaoPay, and commits what the answer settles. It never guesses.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, PaymentRef, timing};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Flow, FlowError};
use crate::limits;
use crate::store::payments::{ClaimDue, FirstDue, ScheduleCheck};

/// What came of looking for payments that are due.
enum Taken {
    /// All of them.
    All,
    /// As many as may be under way.
    Some,
    /// None: there is no lookup left for them.
    NoLookups,
}

impl Flow {
    /// Looks up what is due until `stop`. What it has leased when it stops is due again after the lease, or
    /// at the next start.
    pub(crate) async fn look_up_due_until(self: Arc<Self>, stop: CancellationToken) {
        let mut lookups = JoinSet::new();
        let mut first = FirstDue::Newest;
        loop {
            let taken = self.take_due(&mut lookups, first).await;
            // Each has its turn, however few lookups there are.
            if !matches!(taken, Ok(Taken::NoLookups)) {
                first = first.other();
            }
            let pause = match taken {
                Ok(Taken::Some) => Duration::ZERO,
                Ok(Taken::NoLookups) => self.idle.min(limits::RECOVERY_PAUSE),
                Ok(Taken::All) => self.idle,
                Err(error) => {
                    tracing::error!(alert = error.alert(), %error, "recovery could not read the database");
                    self.idle
                }
            };
            let next = async {
                tokio::time::sleep(pause).await;
                while lookups.len() > limits::RECOVERED_BEFORE
                    && let Some(ended) = lookups.join_next().await
                {
                    reap(ended);
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = next => {}
            }
        }
        // They are waited for with all other calls.
        lookups.detach_all();
    }

    /// Begins to recover what is due now: as much as may be under way, and as many lookups as are
    /// allowed.
    async fn take_due(
        self: &Arc<Self>,
        lookups: &mut JoinSet<()>,
        first: FirstDue,
    ) -> Result<Taken, FlowError> {
        while let Some(ended) = lookups.try_join_next() {
            reap(ended);
        }
        let now = self.clock.now();
        let (mut free, mut except) = (0_u32, Vec::new());
        for shop in self.shops.all().await? {
            match shop.free_lookups(self.clock.machine()) {
                0 => except.push(shop.id),
                more => free = free.saturating_add(more),
            }
        }
        let room = limits::RECOVERED_AT_ONCE.saturating_sub(lookups.len());
        let limit = free.min(u32::try_from(room).unwrap_or(u32::MAX));
        if limit == 0 {
            self.count_waiting(now).await?;
            return Ok(Taken::NoLookups);
        }
        let limit = match first {
            FirstDue::Newest => limit,
            FirstDue::Oldest => (limit / limits::RECOVERY_OF_OLDEST).max(1),
        };
        let due = ClaimDue {
            now,
            until: timing::after(now, limits::RECOVERY_LEASE),
            limit,
            first,
            except,
        };
        let due = self.store.ask(due).await?;
        let is_all = due.len() < limit as usize;
        for payment in due {
            let flow = Arc::clone(self);
            let span = tracing::info_span!("recovery", payment.id = %payment.id);
            let recover = async move { flow.look_up_due(payment).await }.instrument(span);
            lookups.spawn(self.calls.track_future(recover));
        }
        if is_all {
            self.nothing_waits().await?;
            return Ok(Taken::All);
        }
        self.count_waiting(now).await?;
        Ok(Taken::Some)
    }

    async fn look_up_due(self: Arc<Self>, reference: PaymentRef) {
        let recovered = async {
            let payment = self.payment(reference).await?;
            let now = self.clock.now();
            let limits = self.shops.gateway(&payment).await?.limits;
            if limits.take_lookups(self.clock.machine(), 1) == 1 {
                self.look_up(payment, Actor::Recovery).await?;
                return Ok::<_, FlowError>(());
            }
            // Others of its contract were quicker.
            let soon = ScheduleCheck {
                payment: reference,
                now,
                at: timing::after(now, limits::LOOKUP_PAUSE),
            };
            Ok(self.store.ask(soon).await?)
        };
        if let Err(error) = recovered.await {
            tracing::error!(alert = error.alert(), payment.id = %reference, %error, "recovery failed and will try again");
        }
    }
}

fn reap(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        // The others are looked up, and this one is due again after its lease.
        tracing::error!(%error, "the recovery of a payment panicked");
    }
}
