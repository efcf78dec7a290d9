//! What came of it, for a person: what was counted, and whatever must not have happened.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::Scene;
use super::desk::Delivery;
use super::gone::DISABLED;
use super::judge::{self, Evidence, Seen};
use super::temper::Temper;
use crate::chance::Chance;
use crate::print;
use crate::torture::search_logs;

/// What was done, and how long it took.
pub(super) struct Summary {
    pub(super) seed: u64,
    pub(super) wanted: u64,
    pub(super) chaos: Duration,
    /// When that was over.
    pub(super) calm_at: Timestamp,
}

/// Of violations, so many are printed.
const SHOWN: usize = 20;

/// Whether nothing happened that must not; it is all printed.
pub(super) async fn judge(scene: &Scene, summary: &Summary, chance: &mut Chance) -> Result<bool> {
    let world = &scene.world;
    let receivers = seen(scene, chance).await?;
    let (feed, bodies) = (scene.feed.all(), scene.bodies.all());
    let lines = search_logs(world)?;
    let evidence = Evidence {
        feed: &feed,
        bodies: &bodies,
        receivers: &receivers,
        disabled: usize::try_from(world.counted(DISABLED))?,
    };
    let found = judge::judge(&evidence);
    let events = feed.len();
    if u64::try_from(events)? < summary.wanted {
        let what = format!("only {events} events of {}", summary.wanted);
        world.violation(what, None);
    }
    for never in never_met(scene) {
        world.violation(format!("there were no {never}"), None);
    }
    world.record().violations.extend(found);
    let record = std::mem::take(&mut *world.record());
    let mut text = String::new();
    for (what, times) in record.counts.iter().chain(&attempts(&receivers)) {
        // A string takes all that is written into it.
        let _ = writeln!(text, "{times:8} {what}");
    }
    for violation in record.violations.iter().take(SHOWN) {
        let of = violation.payment.as_deref().unwrap_or("danpay");
        let _ = writeln!(text, "VIOLATION: {of}: {}", violation.what);
    }
    let letters = receivers.iter().flat_map(|seen| seen.letters.values());
    let (mut arrived, mut twice, mut last_at) = (0, 0, summary.calm_at);
    for letter in letters {
        arrived += u64::from(letter.taken > 0);
        twice += letter.taken.saturating_sub(1);
        last_at = letter.taken_at.unwrap_or(last_at).max(last_at);
    }
    let Summary {
        seed,
        chaos,
        calm_at,
        ..
    } = summary;
    print(&format!(
        "{text}seed {seed}, {} s of chaos, {} kills: {events} events, {arrived} arrived at {} \
         receivers and {twice} of them again, the last one {} s after the chaos, {lines} lines of log; {} violations",
        chaos.as_secs(),
        record.counts.get("kills").unwrap_or(&0),
        receivers.len(),
        last_at.duration_since(*calm_at).as_secs(),
        record.violations.len(),
    ));
    Ok(record.violations.is_empty())
}

/// What of the trouble that there is to be was not met.
fn never_met(scene: &Scene) -> Vec<String> {
    let mut wanted = vec![
        "kills".to_owned(),
        "receivers: restarts".to_owned(),
        DISABLED.to_owned(),
    ];
    for temper in [
        Temper::Fails,
        Temper::Hangs,
        Temper::Redirects,
        Temper::Gone,
    ] {
        wanted.push(temper.not_taken());
    }
    wanted.retain(|what| scene.world.counted(what) == 0);
    wanted
}

async fn seen(scene: &Scene, chance: &mut Chance) -> Result<Vec<Seen>> {
    let mut by_endpoint: BTreeMap<String, BTreeMap<String, Delivery>> = BTreeMap::new();
    for delivery in scene.desk.deliveries("", chance).await? {
        let of_endpoint = by_endpoint.entry(delivery.endpoint_id.clone()).or_default();
        of_endpoint.insert(delivery.event_id.clone(), delivery);
    }
    let resent = scene.desk.resent();
    let all = scene.receivers.iter().map(|receiver| {
        let id = &receiver.endpoint.id;
        let resent = resent.iter().filter(|(endpoint, _)| endpoint == id);
        Seen {
            name: receiver.temper.name(),
            letters: receiver.inbox.all(),
            deliveries: by_endpoint.remove(id).unwrap_or_default(),
            resent: resent.map(|(_, event)| event.clone()).collect(),
            was_disabled: receiver.temper == Temper::Gone,
        }
    });
    Ok(all.collect())
}

/// What danpay says that came of its attempts.
fn attempts(receivers: &[Seen]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let deliveries = receivers.iter().flat_map(|seen| seen.deliveries.values());
    for attempt in deliveries.flat_map(|delivery| &delivery.attempts) {
        let what = match (attempt.status, &attempt.error) {
            (Some(status), _) => format!("attempts: {status}"),
            (None, Some(error)) => format!("attempts: {error}"),
            (None, None) => "attempts: nothing is told".to_owned(),
        };
        *counts.entry(what).or_default() += 1;
    }
    counts
}
