//! After a backup was restored: payments that moved on since are looked up again, and those that
//! the books have lost come back by their TIDs, which the log has.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Lookup, Opened, Payment, PaymentId, restore, timing};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::{Flow, FlowError};
use crate::gateway::{Answer, FindError, Found};
use crate::store::{Damaged, Page, StoreError};

/// How often it is seen whether a lookup is allowed again.
const TURN: Duration = Duration::from_millis(100);
/// Far longer than a payment is open: who was created so long before the newest payment of a backup had
/// ended by then.
const OPEN: SignedDuration = SignedDuration::from_hours(24);
/// Payments read at once.
const PAGE: u32 = 100;

/// A payment as a line of the log names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Ours.
    pub id: PaymentId,
    /// KakaoPay's.
    pub tid: String,
}

/// What came of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// KakaoPay's answer changed nothing.
    Unchanged(PaymentId),
    /// It is booked as KakaoPay says.
    Changed(PaymentId),
    /// It was in no book, and is now.
    Added(PaymentId),
    /// Not known yet: KakaoPay gave no answer that settles it, for this reason. Run again.
    Unresolved(String, String),
}

impl Flow {
    /// Looks up every payment that was created since then, or all of them, the newest first. Of restored
    /// books also those that may have been open when the backup was made: they may be paid since.
    pub(crate) async fn recover_since(
        self: &Arc<Self>,
        since: Option<Timestamp>,
        mut tell: impl FnMut(Restored),
    ) -> Result<(), FlowError> {
        let newest = self.store.newest_restored().await?;
        let since = match (since, newest) {
            (Some(since), Some(newest)) => Some(since.min(timing::before(newest, OPEN))),
            (since, _) => since,
        };
        let mut after = None;
        loop {
            let page = Page {
                order_id: None,
                after,
                limit: PAGE,
            };
            let payments = self.store.list(page).await?;
            if payments.is_empty() {
                return Ok(());
            }
            for payment in payments {
                let payment = match payment {
                    Ok(payment) => payment,
                    Err(Damaged { id, problem }) => {
                        after = id.parse().ok().or(after);
                        tell(Restored::Unresolved(id, problem));
                        continue;
                    }
                };
                after = Some(payment.id);
                if since.is_some_and(|since| payment.created_at < since) {
                    return Ok(());
                }
                tell(self.recover_known(payment).await?);
            }
        }
    }

    /// Looks up a payment of the log, and adds it if it is in no book.
    pub(crate) async fn recover_logged(
        self: &Arc<Self>,
        Logged { id, tid }: Logged,
    ) -> Result<Restored, FlowError> {
        if let Some(known) = self.store.id_of_tid(tid.clone()).await? {
            return match self.payment(known).await {
                Ok(payment) => self.recover_known(payment).await,
                Err(FlowError::Store(error @ StoreError::Corrupt { .. })) => {
                    Ok(Restored::Unresolved(tid, error.to_string()))
                }
                Err(error) => Err(error),
            };
        }
        self.lookup_is_allowed().await;
        let found = match self.gateway.find(&tid).await {
            Ok(found) => found,
            Err(error) => return Ok(unresolved(tid, &error)),
        };
        let Found {
            order,
            created_at,
            looked_up,
        } = found;
        let context = self.context(Actor::Operator, Some(looked_up.evidence.clone()))?;
        let opened = Opened {
            id,
            livemode: self.gateway.livemode(),
            cid: self.gateway.cid().as_str().to_owned(),
            tid,
            redirect: None,
            created_at: created_at.unwrap_or(context.now),
        };
        self.store
            .create(restore(order, opened, context), None)
            .await?;
        self.learn(id, looked_up, Actor::Operator).await?;
        Ok(Restored::Added(id))
    }

    async fn recover_known(self: &Arc<Self>, payment: Payment) -> Result<Restored, FlowError> {
        self.lookup_is_allowed().await;
        let (id, version) = (payment.id, payment.version);
        let Answer { answer, evidence } = self.gateway.look_up(&payment).await;
        let silent = matches!(answer.lookup, Lookup::Inconclusive | Lookup::NotFound);
        let told = evidence.to_string();
        let answer = Answer { answer, evidence };
        let payment = self.learn(id, answer, Actor::Operator).await?;
        Ok(if silent {
            Restored::Unresolved(payment.tid, told)
        } else if payment.version == version {
            Restored::Unchanged(id)
        } else {
            Restored::Changed(id)
        })
    }

    /// Waits for a place among the lookups, which recovery takes from as well.
    async fn lookup_is_allowed(&self) {
        while self.gateway.pressure.take_lookups(self.clock.now(), 1) == 0 {
            sleep(TURN).await;
        }
    }
}

fn unresolved(tid: String, error: &FindError) -> Restored {
    Restored::Unresolved(tid, error.to_string())
}
