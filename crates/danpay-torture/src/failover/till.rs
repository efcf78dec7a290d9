//! Tills: shops that ask for one payment after another, so as to notice at once when none is to be
//! had. Nobody pays at them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::outages::Outages;
use crate::chance::Chance;
use crate::question::Question;
use crate::record::Attempt;
use crate::world::World;

/// Longer than danpay waits for its database, shorter than it waits for KakaoPay.
const PATIENCE: Duration = Duration::from_secs(12);
const AFTER_A_REFUSAL: Duration = Duration::from_millis(250);
const BETWEEN_ORDERS: Duration = Duration::from_millis(400);

/// Sells until calm begins, and then until the last order is a payment. Each order is asked for
/// under its key until it is one.
pub(super) async fn sell((world, outages): (Arc<World>, Arc<Outages>), mut chance: Chance) {
    let till = chance.number(0..1_000_000_000);
    let mut orders = 0;
    while world.is_chaos() {
        orders += 1;
        let order = format!("till-{till}-{orders}");
        let attempt = Attempt::of(&order);
        world.record().attempts.insert(order.clone(), attempt);
        while !create(&world, &outages, &order, &mut chance).await {
            if world.is_over() {
                return world.violation(format!("{order} never became a payment"), None);
            }
            sleep(AFTER_A_REFUSAL).await;
        }
        sleep(BETWEEN_ORDERS).await;
    }
}

/// Whether it is a payment now.
async fn create(world: &World, outages: &Outages, order: &str, chance: &mut Chance) -> bool {
    let body = json!({
        "order_id": order, "user_id": "member-2", "item_name": "초코파이",
        "amount": { "total": 2_200 },
    });
    let asked_at = Instant::now();
    let question = Question::post("/v1/payments", order, Some(&body));
    let answer = world.ask_for(PATIENCE, question, chance).await;
    match answer {
        Some(answer) if answer.is_given() => {
            outages.served(asked_at);
            if let Some(attempt) = world.record().attempts.get_mut(order) {
                attempt.given.insert(answer.text("id"));
            }
            true
        }
        refusal => {
            outages.refused(asked_at);
            world.count(&match refusal {
                Some(answer) => format!("tills: refused, {}", answer.status),
                None => "tills: no answer".to_owned(),
            });
            false
        }
    }
}
