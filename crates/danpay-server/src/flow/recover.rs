//! After a backup was restored: payments that moved on since are looked up again, and those that
//! the database has lost come back by their TIDs, which the log has.

use std::sync::Arc;
use std::time::Duration;

use danpay_core::{Actor, Lookup, NewPayment, Payment, PaymentId, ShopId, restore, timing};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::{Flow, FlowError};
use crate::clock::Clock;
use crate::gateway::{Answer, Found, Gateway};
use crate::shops::{Shop, ShopError};
use crate::store::payments::{Create, Filter, List, Page, WithTid};
use crate::store::server::NewestRestored;
use crate::store::{Damaged, StoreError};

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
    /// Whose, if the line tells it.
    pub shop_id: Option<ShopId>,
    /// KakaoPay's.
    pub tid: String,
}

/// What came of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// KakaoPay's answer changed nothing.
    Unchanged(PaymentId),
    /// It is booked as KakaoPay says.
    Changed(PaymentId),
    /// It was not in the database, and is now.
    Added(PaymentId),
    /// Not known yet: KakaoPay gave no answer that settles it, for this reason. Run again.
    Unresolved(String, String),
}

impl Flow {
    /// Looks up every payment that was created since then, or all of them, the newest first. Of a restored
    /// database also those that may have been open when the backup was made: they may be paid since.
    pub(crate) async fn recover_since(
        self: &Arc<Self>,
        since: Option<Timestamp>,
        mut tell: impl FnMut(Recovered),
    ) -> Result<(), FlowError> {
        let newest = self.store.ask(NewestRestored).await?;
        let since = match (since, newest) {
            (Some(since), Some(newest)) => Some(since.min(timing::before(newest, OPEN))),
            (since, _) => since,
        };
        for shop in self.shops.all().await? {
            self.recover_shop_since(shop.id, since, &mut tell).await?;
        }
        Ok(())
    }

    async fn recover_shop_since(
        self: &Arc<Self>,
        shop_id: ShopId,
        since: Option<Timestamp>,
        tell: &mut impl FnMut(Recovered),
    ) -> Result<(), FlowError> {
        let mut after = None;
        loop {
            let page = Page {
                shop_id,
                filter: Filter::default(),
                after,
                until: None,
                limit: PAGE,
            };
            let payments = self.store.ask(List(page)).await?;
            if payments.is_empty() {
                return Ok(());
            }
            for payment in payments {
                let payment = match payment {
                    Ok(payment) => payment,
                    Err(Damaged { id, problem }) => {
                        after = id.parse().ok().or(after);
                        tell(Recovered::Unresolved(id, problem));
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

    /// Looks up a payment of the log, and adds it if it is not in the database.
    pub(crate) async fn recover_logged(
        self: &Arc<Self>,
        Logged { id, shop_id, tid }: Logged,
    ) -> Result<Recovered, FlowError> {
        if let Some(known) = self.store.ask(WithTid(tid.clone())).await? {
            return match self.payment(known).await {
                Ok(payment) => self.recover_known(payment).await,
                Err(FlowError::Store(error @ StoreError::Corrupt { .. })) => {
                    Ok(Recovered::Unresolved(tid, error.to_string()))
                }
                Err(error) => Err(error),
            };
        }
        let shop = match self.logged_shop(shop_id).await {
            Ok(shop) => shop,
            Err(error) => return Ok(Recovered::Unresolved(tid, error.to_string())),
        };
        let (found, gateway) = match self.find(&shop, &tid).await {
            Ok(found) => found,
            Err(problem) => return Ok(Recovered::Unresolved(tid, problem)),
        };
        let Found {
            order,
            created_at,
            looked_up,
        } = found;
        let context = self.context(Actor::Operator, Some(looked_up.evidence.clone()))?;
        let new = NewPayment {
            id,
            shop_id: shop.id,
            livemode: gateway.livemode(),
            cid: gateway.cid().as_str().to_owned(),
            tid,
            redirect: None,
            created_at: created_at.unwrap_or(context.now),
        };
        let change = Box::new(restore(order, new, context));
        let payment = change.payment.reference();
        let record = None;
        self.store.create(Create { change, record }).await?;
        self.learn(payment, looked_up, Actor::Operator).await?;
        Ok(Recovered::Added(id))
    }

    /// By one of the shop's contracts: the log does not tell which, and KakaoPay knows a TID by its own
    /// one alone.
    async fn find<'a>(&self, shop: &'a Shop, tid: &str) -> Result<(Found, &'a Gateway), String> {
        let mut problem = "its shop has no contract with KakaoPay".to_owned();
        for gateway in shop.gateways.values() {
            lookup_is_allowed(gateway, &self.clock).await;
            match gateway.find(tid).await {
                Ok(found) => return Ok((found, gateway)),
                Err(error) => problem = error.to_string(),
            }
        }
        Err(problem)
    }

    async fn recover_known(self: &Arc<Self>, payment: Payment) -> Result<Recovered, FlowError> {
        let gateway = match self.shops.gateway(&payment).await {
            Ok(gateway) => gateway,
            Err(error) => return Ok(Recovered::Unresolved(payment.tid, error.to_string())),
        };
        lookup_is_allowed(&gateway, &self.clock).await;
        let (id, version) = (payment.id, payment.version);
        let Answer { answer, evidence } = gateway.look_up(&payment).await;
        let silent = matches!(answer.lookup, Lookup::Inconclusive | Lookup::NotFound);
        let told = evidence.to_string();
        let answer = Answer { answer, evidence };
        let reference = payment.reference();
        let payment = self.learn(reference, answer, Actor::Operator).await?;
        Ok(if silent {
            Recovered::Unresolved(payment.tid, told)
        } else if payment.version == version {
            Recovered::Unchanged(id)
        } else {
            Recovered::Changed(id)
        })
    }

    /// The shop that a line of the log names. Lines of before there were several name none.
    async fn logged_shop(&self, id: Option<ShopId>) -> Result<Arc<Shop>, ShopError> {
        if let Some(id) = id {
            let known = self.shops.shop(id).await;
            // A database that has lost the shop as well: if it was the first one, KakaoPay knows the payment
            // by the contract of the settings; if it was not, it does not.
            if !matches!(known, Err(ShopError::Unknown(_))) {
                return known;
            }
        }
        self.shops.first().await
    }
}

/// Waits for a place among the lookups, which recovery takes from as well.
async fn lookup_is_allowed(gateway: &Gateway, clock: &Clock) {
    while gateway.limits.take_lookups(clock.machine(), 1) == 0 {
        sleep(TURN).await;
    }
}
