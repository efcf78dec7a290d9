//! Draining: the receivers take everything, and all that is on its way arrives.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use super::Scene;
use super::desk::Delivery;
use super::gone::DISABLED;
use super::inbox::now;
use crate::chance::Chance;
use crate::say;

/// What a killed server had under way is nobody's for forty seconds; the machine has other things to do.
const DRAINS_WITHIN: Duration = Duration::from_mins(6);
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// An operator looks at what has not arrived so often.
const ROUNDS_EVERY: Duration = Duration::from_secs(5);
/// What was refused once is tried again within seconds. What is to wait longer was refused twice.
const SOON: Duration = Duration::from_mins(1);

/// Until everything has arrived, and danpay knows it. What has not by then is for the judge to name.
pub(super) async fn drain(scene: &Scene, chance: &mut Chance) -> Result<()> {
    say("torture: receivers take everything now; all is to arrive");
    let (began, mut round_at) = (Instant::now(), Instant::now());
    while began.elapsed() < DRAINS_WITHIN {
        sleep(LOOKS_EVERY).await;
        let is_there = has_arrived(scene);
        if Instant::now() < round_at && !is_there {
            continue;
        }
        round_at = Instant::now() + ROUNDS_EVERY;
        let pending = round(scene, chance).await?;
        if is_there && pending == 0 {
            break;
        }
    }
    Ok(())
}

/// Whether each event of the feed was taken by each receiver.
fn has_arrived(scene: &Scene) -> bool {
    let events = scene.feed.ids();
    let mut receivers = scene.receivers.iter();
    receivers.all(|receiver| events.iter().all(|id| receiver.inbox.has_taken(id)))
}

/// One look of the operator's: how many deliveries have not arrived.
async fn round(scene: &Scene, chance: &mut Chance) -> Result<usize> {
    let desk = &scene.desk;
    for receiver in &scene.receivers {
        let id = &receiver.endpoint.id;
        // A 410 of before may have been recorded since.
        if desk.disabled_at(id, chance).await?.is_some() {
            scene.world.count(DISABLED);
            desk.enable(id, chance).await?;
        }
    }
    // What it has missed stays so until it goes.
    let missed = desk.deliveries("&status=missed", chance).await?;
    let pending = desk.deliveries("&status=pending", chance).await?;
    for delivery in pending.iter().filter(|delivery| is_late(delivery)) {
        desk.resend(delivery, chance).await?;
    }
    Ok(pending.len() + missed.len())
}

fn is_late(delivery: &Delivery) -> bool {
    let next = delivery.next_attempt_at;
    next.is_some_and(|next| next > now() + SOON)
}
