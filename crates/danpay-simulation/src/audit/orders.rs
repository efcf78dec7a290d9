//! One order, one charge; one key, one payment.

use std::collections::BTreeMap;

use danpay_core::decide::ORDER_ALREADY_PAID;
use kakaopay_sandbox::PaymentRecord;
use serde_json::Value;

use super::books::Booked;
use crate::world::World;

pub(super) fn check(world: &World, books: &[Booked], ledger: &[PaymentRecord]) {
    let mut charges: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for record in ledger {
        let order = (record.cid.as_str(), record.order_id.as_str());
        *charges.entry(order).or_default() += record.approvals;
    }
    for ((cid, order), times) in &charges {
        if *times > 1 && !world.temper.orders_repeat {
            world.violation(format!("{order} of {cid} was charged {times} times"));
        }
    }
    let mut shops: BTreeMap<&str, &str> = BTreeMap::new();
    for booked in books {
        let (id, cid) = (&booked.id, booked.cid.as_str());
        let shop = shops.entry(cid).or_insert(&booked.shop_id);
        if *shop != booked.shop_id {
            world.violation(format!("{id} is of another shop than others of {cid}"));
        }
        let failed = booked.state.pointer("/failure/code");
        let order = booked.order.get("order_id").and_then(Value::as_str);
        let charged = charges.get(&(cid, order.unwrap_or_default()));
        if failed == Some(&ORDER_ALREADY_PAID.into()) && charged.is_none_or(|times| *times == 0) {
            world.violation(format!("{id} has failed, and its order is not paid"));
        }
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
