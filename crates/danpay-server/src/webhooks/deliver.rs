//! deliver: what is due is claimed, sent and recorded. Every server does it.
//!
//! **Invariant**: a claim is in the database before its call, and a call that would start long after its
//! claim is not made; so what is in flight is nobody else's. One endpoint has so many calls under way and no
//! more, fewer while it fails: a slow or dead one holds up no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use danpay_core::WebhookEndpointId;
use danpay_core::timing;
use danpay_core::webhook::{Answer, CLAIM_HOLDS, Claim, Delivery, WAITS_FOR_PREDECESSOR};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::endpoints::Webhooks;
use super::message::{self, NoMessage};
use crate::alerts::AlertKind;
use crate::flow::{Flow, FlowError};
use crate::store::webhooks::{
    ClaimDeliveries, Due, DueDeliveries, EndpointRow, RecordAttempt, StandingChange,
};
use crate::{files, limits};

/// One server's deliveries.
pub(crate) struct Deliverer {
    flow: Arc<Flow>,
    webhooks: Webhooks,
    calls: TaskTracker,
    /// How many calls may be under way at once, to all endpoints.
    most: u32,
    /// How many calls are under way, of each endpoint that has some.
    under_way: Mutex<HashMap<WebhookEndpointId, u32>>,
    /// In whose turn it is next, of the endpoints for which something is due.
    turn: Mutex<usize>,
}

impl Deliverer {
    pub(crate) fn new(flow: Arc<Flow>, webhooks: Webhooks) -> Self {
        Self {
            flow,
            webhooks,
            calls: TaskTracker::new(),
            most: files::for_webhooks(),
            under_way: Mutex::default(),
            turn: Mutex::default(),
        }
    }

    /// Delivers until `stop`, and then waits for what is under way.
    pub(crate) async fn run_until(self: Arc<Self>, stop: CancellationToken) {
        let mut told = self.flow.deliveries_due.subscribe();
        while !stop.is_cancelled() {
            told.mark_unchanged();
            let begun = match self.run_once().await {
                Ok(begun) => begun,
                Err(error) => {
                    tracing::error!(alert = error.alert(), %error, "webhooks could not be delivered");
                    0
                }
            };
            // What comes together is looked for together; more is due soon, if something was.
            let soon = tokio::time::sleep(limits::DELIVERIES_PAUSE);
            let later = tokio::time::sleep(self.flow.idle);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = soon, if begun > 0 => {}
                () = later => {}
                _ = told.changed() => {
                    let pause = limits::DELIVERIES_PAUSE;
                    let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                }
            }
        }
        self.calls.close();
        self.calls.wait().await;
    }

    /// Once: how many calls it has begun.
    pub(crate) async fn run_once(self: &Arc<Self>) -> Result<usize, FlowError> {
        let now = self.webhooks.clock.machine();
        let ask = DueDeliveries {
            now,
            refused_before: timing::before(now, WAITS_FOR_PREDECESSOR),
            each: limits::DELIVERIES_OF_ENDPOINT,
            less: self.less(),
        };
        let due = self.flow.store.ask(ask).await?;
        let (claims, rows) = self.claims(due, now);
        if claims.claimed.is_empty() && claims.put_off.is_empty() {
            return Ok(0);
        }
        let claimed = claims.claimed.clone();
        let ours = self.flow.store.ask(claims).await?;
        let mut begun = 0;
        for delivery in claimed {
            let row = rows.get(&delivery.endpoint_id).map(Arc::clone);
            if let Some(row) = row.filter(|_| ours.contains(&delivery.id)) {
                begun += 1;
                self.begin(row, delivery);
            }
        }
        Ok(begun)
    }

    /// Of these endpoints fewer are asked for, as some calls are under way.
    fn less(&self) -> Vec<(WebhookEndpointId, u32)> {
        let each = limits::DELIVERIES_OF_ENDPOINT;
        let under_way = self.under_way();
        let less = under_way
            .iter()
            .map(|(id, count)| (*id, each.saturating_sub(*count)));
        less.collect()
    }

    /// Which of what is due goes, which waits.
    fn claims(
        &self,
        mut due: Vec<(EndpointRow, Vec<Due>)>,
        now: Timestamp,
    ) -> (
        ClaimDeliveries,
        HashMap<WebhookEndpointId, Arc<EndpointRow>>,
    ) {
        let mut rows = HashMap::new();
        let mut claims = ClaimDeliveries {
            now,
            claimed: Vec::new(),
            put_off: Vec::new(),
        };
        let under_way = self.under_way();
        let mut free = self.most.saturating_sub(under_way.values().sum());
        // Each time another endpoint is the first.
        let count = due.len().max(1);
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        *turn = turn.wrapping_add(1);
        due.rotate_left(*turn % count);
        for (row, of_it) in due {
            let id = row.endpoint.id;
            let most = if row.endpoint.standing.failing_since.is_some() {
                limits::DELIVERIES_OF_FAILING
            } else {
                limits::DELIVERIES_OF_ENDPOINT
            };
            let taken = under_way.get(&id).copied().unwrap_or_default();
            let mut room = most.saturating_sub(taken).min(free);
            for Due { delivery, blocker } in of_it {
                if room == 0 {
                    break;
                }
                match delivery.claim(blocker, now) {
                    Claim::PutOff(until) => claims.put_off.push((delivery, until)),
                    Claim::Go(claimed) => {
                        room -= 1;
                        free -= 1;
                        claims.claimed.push(*claimed);
                    }
                }
            }
            rows.insert(id, Arc::new(row));
        }
        (claims, rows)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<WebhookEndpointId, u32>> {
        // Never left half-changed, so a poisoned lock is as good as another.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, row: Arc<EndpointRow>, delivery: Delivery) {
        let seat = Seat::take(Arc::clone(self), delivery.endpoint_id);
        let this = Arc::clone(self);
        self.calls.spawn(async move {
            let id = delivery.id;
            if let Err(error) = this.deliver(&row, delivery).await {
                // Its lease ends, and it is tried again.
                tracing::error!(alert = error.alert(), delivery.id = %id, %error, "what came of a webhook could not be recorded");
            }
            drop(seat);
        });
    }

    async fn deliver(&self, row: &EndpointRow, delivery: Delivery) -> Result<(), FlowError> {
        let standing = row.endpoint.standing;
        let claimed_at = delivery.in_flight_since;
        let (answer, duration_ms) = match self.send(row, &delivery).await {
            Ok(Some(answer)) => answer,
            // It was claimed too long ago; its lease ends.
            Ok(None) => return Ok(()),
            Err(problem @ NoMessage::Gone) => {
                let now = self.webhooks.clock.machine();
                let gone = delivery.gave_up(&problem.to_string(), now);
                return self.record(gone, StandingChange::None, now).await;
            }
            Err(problem) => {
                tracing::error!(alert = problem.alert(), delivery.id = %delivery.id, %problem, "a webhook could not be sent");
                let now = self.webhooks.clock.machine();
                return self
                    .record(delivery.put_back(now), StandingChange::None, now)
                    .await;
            }
        };
        let now = self.webhooks.clock.machine();
        let jitter = self.flow.entropy.jitter()?;
        if !answer.is_success() {
            tracing::info!(
                delivery.id = %delivery.id,
                endpoint.id = %row.endpoint.id,
                claimed_at = claimed_at.map(tracing::field::display),
                "a webhook was not taken"
            );
        }
        let has_arrived = answer.is_success() && !delivery.is_resend;
        let (after, standing_after) = delivery.ended(standing, (answer, duration_ms), now, jitter);
        let change = StandingChange::of(standing, standing_after, has_arrived);
        self.record(after, change, now).await
    }

    /// One exchange; none, if the claim is too old by now.
    async fn send(
        &self,
        row: &EndpointRow,
        delivery: &Delivery,
    ) -> Result<Option<(Answer, u64)>, NoMessage> {
        let shop = self.flow.shops.shop(delivery.shop_id).await?;
        let body = message::body(&self.flow, &shop, delivery).await?;
        let id = delivery.event_id.to_string();
        let now = self.webhooks.clock.machine();
        let claimed = delivery.in_flight_since.unwrap_or(now);
        if now > timing::after(claimed, CLAIM_HOLDS) {
            return Ok(None);
        }
        let message = message::signed(&self.webhooks.vault, row, shop.is_live(), (&id, body), now)?;
        Ok(Some(self.webhooks.receivers.post(message).await?))
    }

    async fn record(
        &self,
        delivery: Delivery,
        standing: StandingChange,
        now: Timestamp,
    ) -> Result<(), FlowError> {
        let (shop_id, endpoint_id) = (delivery.shop_id, delivery.endpoint_id);
        let event_id = self.flow.entropy.event_id(now)?;
        let record = RecordAttempt {
            delivery,
            standing,
            event_id,
            now,
        };
        let is_disabled = self.flow.store.ask(record).await?;
        if let (true, StandingChange::Disabled { why, .. }) = (is_disabled, standing) {
            tracing::error!(
                alert = AlertKind::WebhookDisabled.as_str(),
                shop.id = %shop_id,
                endpoint.id = %endpoint_id,
                why = why.as_str(),
                "a webhook endpoint was disabled"
            );
        }
        self.flow.deliveries_due.send_replace(());
        Ok(())
    }
}

/// A call under way, for as long as it is.
struct Seat {
    of: Arc<Deliverer>,
    id: WebhookEndpointId,
}

impl Seat {
    fn take(of: Arc<Deliverer>, id: WebhookEndpointId) -> Self {
        *of.under_way().entry(id).or_default() += 1;
        Self { of, id }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut under_way = self.of.under_way();
        if let Some(count) = under_way.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.id);
            }
        }
    }
}
