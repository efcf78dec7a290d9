//! Every change has its event, every event that shops are told has its position, once and in order,
//! and the events alone give the payment's row again.

use anyhow::Result;
use danpay_core::{Event, Payment, replay};
use serde_json::Value;

use super::books::Booked;
use crate::world::World;

/// Steps between two that shops are told of.
pub(super) const UNTOLD: [&str; 11] = [
    "payment.restored",
    "payment.returned_again",
    "payment.approving",
    "payment.approval_repeated",
    "payment.approval_not_sent",
    "payment.approval_unknown",
    "payment.other_token",
    "cancellation.requested",
    "cancellation.repeated",
    "cancellation.not_sent",
    "cancellation.unknown",
];

pub(super) fn check(world: &World, booked: &Booked) {
    let say = |what: String| world.violation(format!("{}: {what}", booked.id));
    let version = booked.version;
    let sequences: Vec<u32> = booked.events.iter().map(|one| written(one).1).collect();
    if sequences != (1..=version).collect::<Vec<_>>() {
        say(format!("it has version {version} and events {sequences:?}"));
    }
    if booked.waiting > 0 {
        say(format!("{} events still wait", booked.waiting));
    }
    let is_told = |event: &&Value| {
        let kind = event.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| !UNTOLD.contains(&kind))
    };
    let told: Vec<_> = booked.events.iter().filter(is_told).map(written).collect();
    let placed = booked.positions.iter();
    let placed: Vec<_> = placed
        .map(|one| (one.event_id.clone(), one.sequence))
        .collect();
    if placed != told {
        let placed: Vec<_> = placed.iter().map(|(_, sequence)| *sequence).collect();
        let told: Vec<_> = told.iter().map(|(_, sequence)| *sequence).collect();
        say(format!(
            "of the events {told:?} these have positions: {placed:?}"
        ));
    }
    let corrected = |event: &Value| event.get("type") == Some(&"payment.corrected".into());
    if booked.events.iter().any(corrected) {
        say("it had to be corrected".to_owned());
    }
    match replayed(booked) {
        Ok((replayed, row)) if replayed == row => {}
        Ok((replayed, row)) => say(format!("its events give {replayed:?}, its row is {row:?}")),
        Err(error) => say(format!("its events cannot be replayed: {error}")),
    }
}

pub(super) fn written(event: &Value) -> (String, u32) {
    let id = event.get("id").and_then(Value::as_str).unwrap_or_default();
    let sequence = event.get("sequence").and_then(Value::as_u64).unwrap_or(0);
    (id.to_owned(), u32::try_from(sequence).unwrap_or(0))
}

/// The payment that its events tell of, and the one that its row does.
fn replayed(booked: &Booked) -> Result<(Payment, Payment)> {
    let read = |value: &Value| serde_json::from_value(value.clone());
    let mut row = Payment {
        id: booked.id.parse()?,
        shop_id: booked.shop_id.parse()?,
        version: booked.version,
        livemode: booked.livemode,
        order: serde_json::from_value(booked.order.clone())?,
        cid: booked.cid.clone(),
        tid: booked.tid.clone(),
        redirect: serde_json::from_value(booked.redirect.clone())?,
        created_at: booked.created_at,
        expires_at: booked.expires_at,
        state: serde_json::from_value(booked.state.clone())?,
        cancellations: booked
            .cancellations
            .iter()
            .map(|cancellation| read(&cancellation.body))
            .collect::<Result<_, _>>()?,
        pg_token: None,
        further_pg_token: None,
        review: booked
            .review
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?,
    };
    let read = |value: &Value| serde_json::from_value::<Event>(value.clone());
    let events = booked
        .events
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let opened = Payment {
        version: 0,
        state: danpay_core::State::Ready {
            returns: danpay_core::Returns::default(),
        },
        cancellations: Vec::new(),
        review: None,
        ..row.clone()
    };
    let mut replayed = replay(opened, &events);
    // The clocks of two servers may put two cancellations into another order than they were made.
    row.cancellations
        .sort_by_key(|cancellation| cancellation.id);
    replayed
        .cancellations
        .sort_by_key(|cancellation| cancellation.id);
    Ok((replayed, row))
}
