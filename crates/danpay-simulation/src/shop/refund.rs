//! Refunds: one key for one decision, asked for until it is answered, and again by whoever keeps it in
//! a queue.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::order::Order;
use super::{Payment, ask};
use crate::audit;
use crate::record::Refund;
use crate::timeline::note;
use crate::world::World;

/// How often a shop with a limit works off its refunds.
const ROUND_MS: i64 = 30_000;

/// Decides to give all or a part back, and asks for it.
pub(super) async fn make(world: &Arc<World>, order: &Order, payment: &Payment) {
    let chance = &world.chance;
    let key = format!("refund-{}-{}", order.number, chance.number(0..u64::MAX));
    let asked = if chance.is(300) {
        json!({})
    } else {
        let total = chance.number(1..order.total);
        json!({ "amount": { "total": total, "tax_free": order.tax_free.min(total / 3) } })
    };
    let refund = Refund {
        seller: payment.seller,
        payment: payment.id.clone(),
        asked: asked.to_string(),
        cancellations: std::collections::BTreeSet::new(),
    };
    note("shop", format_args!("cancels {}: {asked}", payment.id));
    world.record().refunds.insert(key.clone(), refund);
    if world.temper.refund_max_per_day.is_some() {
        // A queue of refunds is worked off in rounds, so that several ask for what is left of the day.
        let past = world.now().as_millisecond().rem_euclid(ROUND_MS);
        sleep(Duration::from_millis((ROUND_MS - past).unsigned_abs())).await;
    }
    for _ in 0..chance.number(1..6) {
        let answered = if chance.is(200) {
            let (first, second) = tokio::join!(ask_for(world, &key), ask_for(world, &key));
            second.or(first)
        } else {
            ask_for(world, &key).await
        };
        if let Some(status) = answered {
            return note("shop", format_args!("hears {status}"));
        }
        sleep(chance.millis(200..20_000)).await;
    }
}

/// Asks for it once. Nothing, if that was not answered, or not to be known now.
pub(crate) async fn ask_for(world: &Arc<World>, key: &str) -> Option<StatusCode> {
    let Refund {
        seller,
        payment,
        asked,
        ..
    } = world.record().refunds.get(key)?.clone();
    let path = format!("/v1/payments/{payment}/cancel");
    let told = ask((world, seller), (Method::POST, &path), Some(key), &asked).await?;
    if told.text("code") == "refund_limit" {
        audit::refused(world, seller, &told.body);
    }
    let cancellation = told.body.get("cancellation_id").and_then(Value::as_str);
    if let (Some(cancellation), Some(refund)) = (cancellation, world.record().refunds.get_mut(key))
    {
        refund.cancellations.insert(cancellation.to_owned());
    }
    (told.status != StatusCode::SERVICE_UNAVAILABLE).then_some(told.status)
}
