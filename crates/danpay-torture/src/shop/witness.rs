//! What the shop has seen of a payment's history: all of it has to be there at the end.
//! Approved twice (once lost, once learned from KakaoPay anew) looks the same in the status alone.

use serde_json::Value;

use super::{Payment, Shop};
use crate::chance::Chance;
use crate::world::Question;

impl Shop<'_> {
    /// Keeps which events a payment has by now. Nothing, if no answer comes back.
    pub(super) async fn witness(self, payment: &Payment, chance: &mut Chance) {
        let path = format!("/v1/payments/{}/events", payment.id);
        let answer = self.world.ask(Question::get(&path), chance).await;
        let events = answer.and_then(|answer| answer.body.get("data").cloned());
        let Some(Value::Array(events)) = events else {
            return;
        };
        let seen = events.iter().filter_map(|event| {
            let sequence = event.get("sequence")?.as_u64()?;
            let id = event.get("id")?.as_str()?;
            Some((u32::try_from(sequence).ok()?, id.to_owned()))
        });
        let mut record = self.world.record();
        record
            .seen
            .entry(payment.id.clone())
            .or_default()
            .extend(seen);
    }
}
