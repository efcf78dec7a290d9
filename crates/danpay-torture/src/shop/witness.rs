//! What the shop has seen of a payment's history: all of it has to be there at the end.
//! Approved twice (once lost, once learned from KakaoPay anew) looks the same in the status alone.

use danpay_client::Retries;
use tokio::time::timeout;

use super::{Payment, Shop};
use crate::books::EVENTS_PER_PAGE;
use crate::chance::Chance;
use crate::world::patience;

impl Shop<'_> {
    /// Keeps which events a payment has by now, as far as they are answered.
    pub(super) async fn witness(self, payment: &Payment, chance: &mut Chance) {
        let is_seconds = self.plan.number % 2 == 1;
        let Ok(shop) = self.world.shop(is_seconds, Retries::none(), chance) else {
            return;
        };
        let Ok(events) = shop.payment_events(&payment.id.as_str().into()) else {
            return;
        };
        let mut events = events.page_size(EVENTS_PER_PAGE);
        while let Ok(Some(event)) = timeout(patience(chance), events.next()).await {
            match event {
                Ok(event) => {
                    let mut record = self.world.record();
                    let seen = record.seen.entry(payment.id.clone()).or_default();
                    seen.insert(event.sequence, event.id.to_string());
                }
                Err(error) => return self.world.failed(&error),
            }
        }
    }
}
