//! At the end: did each event arrive everywhere, in order, as it happened?
//! Invariant: pure. What came is held against the shop's feed, not against danpay's word.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use danpay_client::{Event, Payment};
use jiff::Timestamp;

use super::desk::Delivery;
use super::inbox::{Letter, Letters};
use super::message::Said;
use crate::record::Violation;

/// A later event waits no longer than this for one that was refused.
const WAITS: Duration = Duration::from_mins(5);

/// One receiver, as it stood at the end.
pub(super) struct Seen {
    /// By its temper.
    pub(super) name: &'static str,
    pub(super) letters: Letters,
    /// What danpay says of its deliveries, by their events' ids.
    pub(super) deliveries: BTreeMap<String, Delivery>,
    /// Events that were sent once more.
    pub(super) resent: BTreeSet<String>,
    /// Whether it was disabled at times.
    pub(super) was_disabled: bool,
}

/// All that there is to see.
pub(super) struct Evidence<'a> {
    pub(super) feed: &'a [Event],
    /// What was said, by the events' ids; nothing of endpoints.
    pub(super) bodies: &'a BTreeMap<String, Option<String>>,
    pub(super) receivers: &'a [Seen],
    /// How often an endpoint was disabled by a 410.
    pub(super) disabled: usize,
}

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut findings = Findings::default();
    let mut payments: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in evidence.feed {
        said(&mut findings, evidence, event);
        payments
            .entry(event.payment.id.as_str())
            .or_default()
            .push(event);
    }
    let of_feed: BTreeSet<&str> = evidence
        .feed
        .iter()
        .map(|event| event.id.as_str())
        .collect();
    for (event, body) in evidence.bodies {
        if body.is_some() && !of_feed.contains(event.as_str()) {
            findings.of(event, "it came, and the feed does not have it");
        }
    }
    for seen in evidence.receivers {
        for event in evidence.feed {
            arrived(&mut findings, seen, event.id.as_str());
        }
        for events in payments.values_mut() {
            events.sort_by_key(|event| event.sequence);
            order(&mut findings, seen, events);
        }
    }
    endpoints(&mut findings, evidence);
    findings.0
}

#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn of(&mut self, event: &str, what: impl Into<String>) {
        self.0.push(Violation {
            what: what.into(),
            payment: Some(event.to_owned()),
        });
    }
}

/// Its body is what the feed says.
fn said(findings: &mut Findings, evidence: &Evidence<'_>, event: &Event) {
    let id = event.id.as_str();
    let Some(Some(body)) = evidence.bodies.get(id) else {
        return findings.of(id, "it is lost: it came nowhere");
    };
    let said = serde_json::from_str::<Said>(body).ok();
    let is_right = said.is_some_and(|said| {
        said.r#type == event.r#type.as_str()
            && said.sequence == event.sequence
            && said.timestamp == event.created_at
            && serde_json::from_value::<Payment>(said.data).is_ok_and(|of| of == event.payment)
    });
    if !is_right {
        findings.of(id, format!("its body is not what the feed says: {body}"));
    }
}

/// At least once, and danpay knows it.
fn arrived(findings: &mut Findings, seen: &Seen, event: &str) {
    let name = seen.name;
    let taken = seen.letters.get(event).map_or(0, |letter| letter.taken);
    if taken == 0 {
        findings.of(event, format!("it is lost at the receiver that {name}"));
    }
    let delivery = seen.deliveries.get(event);
    let status = delivery.map_or("not there", |delivery| &delivery.status);
    if status != "delivered" {
        findings.of(
            event,
            format!("at the receiver that {name} it was taken {taken} times, and is {status}"),
        );
    }
}

/// None of a payment's events, in the order of their numbers, came before an earlier one was taken; unless
/// that had been refused long before, or this one was asked for.
fn order(findings: &mut Findings, seen: &Seen, events: &[&Event]) {
    for (place, later) in events.iter().enumerate() {
        let Some(letter) = seen.letters.get(later.id.as_str()) else {
            continue;
        };
        let came_at = letter.came_at;
        if seen.resent.contains(later.id.as_str()) {
            continue;
        }
        for earlier in events.iter().take(place) {
            let first = seen.letters.get(earlier.id.as_str());
            let delivery = seen.deliveries.get(earlier.id.as_str());
            let taken_at = first.and_then(|first| first.taken_at);
            let refused_since = refused_since(first, delivery);
            let is_in_order = taken_at.is_some_and(|taken_at| taken_at <= came_at)
                || refused_since.is_some_and(|since| since + WAITS <= came_at);
            if !is_in_order {
                let what = format!(
                    "at the receiver that {}, {} ({}) came at {came_at}, and {} ({}) before it was \
                     not taken: {first:?}, {delivery:?}",
                    seen.name, later.r#type, later.id, earlier.r#type, earlier.id,
                );
                findings.of(later.payment.id.as_str(), what);
            }
        }
    }
}

/// Since when it was refused, as the receiver knows or danpay says.
fn refused_since(letter: Option<&Letter>, delivery: Option<&Delivery>) -> Option<Timestamp> {
    let attempts = delivery.into_iter().flat_map(|delivery| &delivery.attempts);
    let failed = attempts.filter(|attempt| attempt.status.is_none_or(|status| status / 100 != 2));
    let failed = failed.map(|attempt| attempt.at + Duration::from_millis(attempt.duration_ms));
    let refused = letter.and_then(|letter| letter.refused_at);
    failed.chain(refused).min()
}

/// That one was disabled was told to all others, each time.
fn endpoints(findings: &mut Findings, evidence: &Evidence<'_>) {
    let told = evidence.bodies.iter().filter(|(_, body)| body.is_none());
    let told: Vec<&str> = told.map(|(id, _)| id.as_str()).collect();
    if told.len() != evidence.disabled {
        let (told, disabled) = (told.len(), evidence.disabled);
        let what = format!("an endpoint was disabled {disabled} times, and {told} times told of");
        findings.of("danpay", what);
    }
    for seen in evidence.receivers.iter().filter(|seen| !seen.was_disabled) {
        for event in &told {
            arrived(findings, seen, event);
        }
    }
}
