//! After an outage more payments wait for their lookup than are made in a second. How many there are
//! decides how many lookups are made, and whoever watches the server is told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Flow, FlowError};
use crate::gateway::CoolDown;
use crate::limits;
use crate::store::payments::CountDue;

/// Payments whose lookup is due, as they were counted last. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct WaitingPayments(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    payments: u64,
    /// Lookups that are made in a second meanwhile.
    per_second: u32,
    /// In which they are not counted again.
    counted: CoolDown,
    /// In which it is not logged again that there are many, if it was.
    told: Option<CoolDown>,
}

/// So many payments wait, and so long it takes this server to look all of them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) payments: u64,
    pub(crate) takes: Duration,
}

impl WaitingPayments {
    /// Nothing, unless there are many.
    pub(crate) fn late(&self) -> Option<Late> {
        self.state().late()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never left half-changed, so a poisoned lock is as good as another.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn late(self) -> Option<Late> {
        let takes = Duration::from_secs(self.payments / u64::from(self.per_second.max(1)));
        (self.payments >= limits::MANY_WAITING).then_some(Late {
            payments: self.payments,
            takes,
        })
    }
}

impl Flow {
    /// Counts the payments that wait, if they were not counted just now.
    pub(super) async fn count_waiting(&self, now: Timestamp) -> Result<(), FlowError> {
        let counted = self.waiting.state().counted;
        if counted.left(now).is_none() {
            let payments = self.store.ask(CountDue { now }).await?;
            self.wait(payments, now).await?;
        }
        Ok(())
    }

    /// All payments that were due are being looked up.
    pub(super) async fn nothing_waits(&self) -> Result<(), FlowError> {
        if self.waiting.state().payments > 0 {
            self.wait(0, self.clock.now()).await?;
        }
        Ok(())
    }

    async fn wait(&self, payments: u64, now: Timestamp) -> Result<(), FlowError> {
        let mut per_second = 0_u32;
        for shop in self.shops.all().await? {
            per_second = per_second.saturating_add(shop.lookups_wait(payments));
        }
        let mut state = self.waiting.state();
        (state.payments, state.per_second) = (payments, per_second);
        state.counted = CoolDown::new(now, limits::WAITING_COUNTED);
        if let Some(Late { payments, takes }) = state.late() {
            if state.told.and_then(|told| told.left(now)).is_none() {
                state.told = Some(CoolDown::new(now, limits::WAITING_TOLD));
                tracing::warn!(
                    payments,
                    lookups_per_s = per_second,
                    takes_s = takes.as_secs(),
                    "payments wait until KakaoPay is asked how they stand"
                );
            }
        } else if payments == 0 && state.told.take().is_some() {
            tracing::info!("no payment waits any more until KakaoPay is asked how it stands");
        }
        Ok(())
    }
}
