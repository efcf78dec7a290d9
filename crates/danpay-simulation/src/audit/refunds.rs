//! One decision to refund, one refund.

use std::collections::BTreeMap;

use kakaopay_sandbox::PaymentRecord;
use serde_json::Value;

use super::books::Booked;
use crate::world::World;

pub(super) fn check(world: &World, books: &[Booked], ledger: &[PaymentRecord]) {
    let refunds = world.record().refunds.clone();
    for (key, refund) in &refunds {
        if refund.cancellations.len() > 1 {
            let told = &refund.cancellations;
            world.violation(format!(
                "{key} was answered with the cancellations {told:?}"
            ));
        }
    }
    // Under which key each of ours was asked for.
    let mut executed: BTreeMap<&str, usize> = BTreeMap::new();
    for booked in books {
        for cancellation in &booked.cancellations {
            let id = cancellation.body.get("id").and_then(Value::as_str);
            let id = id.unwrap_or_default();
            let is_outside = cancellation.body.get("outside") == Some(&true.into());
            match cancellation.key.as_deref() {
                Some(key) if refunds.get(key).is_some_and(|it| it.payment == booked.id) => {
                    let times = executed.entry(key).or_default();
                    *times += times_of(ledger, id);
                }
                None if is_outside => {}
                key => world.violation(format!("{id} is of {key:?}, which nobody has asked for")),
            }
        }
    }
    for (key, times) in executed {
        if times > 1 {
            world.violation(format!("{key} was refunded {times} times"));
        }
    }
}

fn times_of(ledger: &[PaymentRecord], payload: &str) -> usize {
    let entries = ledger.iter().flat_map(|record| &record.entries);
    let ours =
        entries.filter(|entry| entry.kind == "CANCEL" && entry.payload.as_deref() == Some(payload));
    ours.count()
}
