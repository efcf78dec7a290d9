//! What the shop has seen of a payment's history: all of it has to be there at the end.
//! Approved twice (once lost, once learned from KakaoPay anew) looks the same in the status alone.

use super::{Payment, Shop};
use crate::books::{Event, Page, events_path};
use crate::chance::Chance;
use crate::question::Question;

impl Shop<'_> {
    /// Keeps which events a payment has by now, as far as they are answered.
    pub(super) async fn witness(self, payment: &Payment, chance: &mut Chance) {
        let mut path = Some(events_path(&payment.id, None));
        while let Some(wanted) = path.take() {
            let answer = self.world.ask(Question::get(&wanted), chance).await;
            let page = answer.and_then(|answer| serde_json::from_value(answer.body).ok());
            let Some(Page::<Event> { data, next_cursor }) = page else {
                return;
            };
            let mut record = self.world.record();
            let seen = record.seen.entry(payment.id.clone()).or_default();
            seen.extend(data.into_iter().map(|event| (event.sequence, event.id)));
            path = next_cursor.map(|next| events_path(&payment.id, Some(&next)));
        }
    }
}
