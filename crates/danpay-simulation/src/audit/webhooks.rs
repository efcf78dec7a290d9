//! Webhooks: each event arrives at each endpoint that heard it when it was committed, at least once, in its
//! payment's order but where one before it was refused for five minutes; none before its commit, and each
//! signed.

use std::collections::BTreeMap;

use danpay_core::webhook::WAITS_FOR_PREDECESSOR;
use danpay_server::{Message, SigningSecret};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::books::Booked;
use super::history::UNTOLD;
use crate::books::Books;
use crate::shop::hooks::{Hook, NARROW};
use crate::world::World;

/// What the auditor keeps of webhooks.
#[derive(Default)]
pub(crate) struct Hooked {
    /// The endpoints, as the shops know them.
    pub(crate) all: Vec<Hook>,
    /// How often an event was refused at an address, or not heard of.
    pub(crate) refused: BTreeMap<(String, String), u32>,
    /// When each event was refused first at an address, and when it was taken first.
    arrivals: BTreeMap<(String, String), Arrivals>,
    /// When each change was committed, by TID and number.
    pub(super) committed: BTreeMap<(String, u32), Timestamp>,
}

#[derive(Clone, Copy, Default)]
struct Arrivals {
    refused: Option<Timestamp>,
    taken: Option<Timestamp>,
}

/// Servers' clocks may differ by so much, and a message is some time on its way.
const SLACK: SignedDuration = SignedDuration::from_secs(8);

impl Hooked {
    /// A server will hear that an event was not taken there.
    pub(crate) fn goes_wrong(&mut self, url: &str, id: &str, now: Timestamp) {
        let arrivals = self.arrivals.entry((url.to_owned(), id.to_owned()));
        arrivals.or_default().refused.get_or_insert(now);
    }
}

/// A message is at its receiver's, which takes it.
pub(crate) fn arrives(world: &World, message: &Message) {
    let [(_, id), (_, second), (_, signature)] = &message.headers;
    let hook = world
        .record()
        .hooks
        .all
        .iter()
        .find(|hook| hook.url == message.url)
        .cloned();
    // One whose shop has not heard yet that it is there.
    let Some(hook) = hook else { return };
    let at = second
        .parse()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    let signed = SigningSecret::parse(&hook.secret.as_str().into())
        .ok()
        .zip(at)
        .map(|(secret, at)| secret.headers(id, at, &message.body));
    let [.., (_, expected)] = signed.unwrap_or_else(|| message.headers.clone());
    if &expected != signature {
        world.violation(format!(
            "the webhook {id} is not signed by its endpoint's secret"
        ));
    }
    let body: Value = serde_json::from_slice(&message.body).unwrap_or_default();
    let is_of_payment = body.pointer("/data/object") == Some(&"payment".into());
    if is_of_payment && !is_committed(world, id) {
        world.violation(format!(
            "the webhook {id} arrives, and its event is not committed"
        ));
    }
    let now = world.now();
    let mut record = world.record();
    let key = (message.url.clone(), id.clone());
    let arrivals = record.hooks.arrivals.entry(key);
    arrivals.or_default().taken.get_or_insert(now);
}

fn is_committed(world: &World, id: &str) -> bool {
    let Ok(id) = id.parse::<danpay_core::EventId>() else {
        return false;
    };
    let hex = format!("{:032x}", u128::from_be_bytes(*id.as_bytes()));
    let select = match &world.books {
        Books::Sqlite(_) => "select 'yes' from events where lower(hex(id)) = $1",
        Books::Postgres(_) => {
            "select 'yes' from events where replace(cast(id as text), '-', '') = $1"
        }
    };
    world
        .books
        .texts(select, &[&hex])
        .is_ok_and(|rows| !rows.is_empty())
}

pub(super) fn check(world: &World, books: &[Booked]) {
    let record = world.record();
    let mut wrong = Vec::new();
    for hook in &record.hooks.all {
        for booked in books
            .iter()
            .filter(|booked| booked.cid == hook.seller.cid())
        {
            of_payment(&record.hooks, hook, booked, &mut wrong);
        }
    }
    drop(record);
    for what in wrong {
        world.violation(what);
    }
}

fn of_payment(hooked: &Hooked, hook: &Hook, booked: &Booked, wrong: &mut Vec<String>) {
    let arrivals = |id: &str| {
        let key = (hook.url.clone(), id.to_owned());
        hooked.arrivals.get(&key).copied().unwrap_or_default()
    };
    let mut before: Vec<(u32, Arrivals)> = Vec::new();
    for event in &booked.events {
        let (id, sequence) = super::history::written(event);
        let committed = hooked.committed.get(&(booked.tid.clone(), sequence));
        let Some(kind) = told_as(event) else { continue };
        let came = arrivals(&id);
        let is_heard = committed.is_some_and(|at| {
            *at > hook.since
                && (hook.narrowed_at.is_none_or(|narrowed| *at < narrowed)
                    || NARROW.contains(&kind))
        });
        if is_heard && came.taken.is_none() {
            wrong.push(format!(
                "{id}, {kind} of {}, has not arrived at {}",
                booked.id, hook.url
            ));
        }
        let Some(taken) = came.taken else {
            if is_heard {
                before.push((sequence, came));
            }
            continue;
        };
        for (earlier, other) in &before {
            let is_late = other.taken.is_none_or(|at| at > taken);
            let refused_long = other
                .refused
                .is_some_and(|at| taken.duration_since(at) + SLACK >= WAITS_FOR_PREDECESSOR);
            if is_late && !refused_long {
                wrong.push(format!(
                    "{sequence} of {} arrives at {} before {earlier}",
                    booked.id, hook.url
                ));
            }
        }
        before.push((sequence, came));
    }
}

/// What shops are told it as; what is corrected may be told as either.
fn told_as(event: &Value) -> Option<&str> {
    let kind = event.get("type").and_then(Value::as_str)?;
    let is_told = !UNTOLD.contains(&kind);
    is_told.then_some(match kind {
        "payment.created" | "payment.reopened" => "payment.ready",
        "cancellation.failed" => "payment.cancellation_failed",
        "payment.review_requested" => "payment.review_needed",
        other => other,
    })
}
