//! One order, one charge; one key, one payment.

use std::collections::BTreeMap;

use kakaopay_sandbox::PaymentRecord;
use serde_json::Value;

use super::books::Booked;
use crate::world::World;

pub(super) fn check(world: &World, books: &[Booked], ledger: &[PaymentRecord]) {
    let mut charges: BTreeMap<&str, u32> = BTreeMap::new();
    for record in ledger {
        *charges.entry(&record.order_id).or_default() += record.approvals;
    }
    for (order, times) in charges {
        if times > 1 && !world.temper.orders_repeat {
            world.violation(format!("{order} was charged {times} times"));
        }
    }
    for booked in books {
        let second = booked.state.pointer("/approval/second_charge_of");
        if let Some(first) = second.and_then(Value::as_str) {
            let id = &booked.id;
            world.violation(format!("{id} is booked as a second charge, after {first}"));
        }
    }
    let given = world.record().given.clone();
    for (key, ids) in given {
        let stored = ids
            .iter()
            .all(|id| books.iter().any(|booked| &booked.id == id));
        if ids.len() > 1 || !stored {
            world.violation(format!(
                "{key} was answered with {ids:?}, or these are not stored"
            ));
        }
    }
}
