//! Endpoints and deliveries, as an operator reads them.

use anyhow::{Result, bail};
use danpay_core::webhook::{Attempt, Delivery, Endpoint, EventFilter, Told};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::operator;

pub(super) fn endpoints(endpoints: &[Endpoint], as_json: bool) -> Result<()> {
    if as_json {
        return endpoints.iter().try_for_each(|endpoint| {
            let disabled = endpoint.standing.disabled;
            let object = json!({
                "id": endpoint.id,
                "url": endpoint.url,
                "description": endpoint.description,
                "events": events(endpoint),
                "enabled": disabled.is_none(),
                "disabled_at": disabled.map(|(at, _)| at),
                "disabled_reason": disabled.map(|(_, why)| why.as_str()),
                "failing_since": endpoint.standing.failing_since,
                "created_at": endpoint.created_at,
            });
            crate::print(&object.to_string())
        });
    }
    let rows = endpoints.iter().map(|endpoint| {
        let standing = endpoint.standing;
        let stands = match (standing.disabled, standing.failing_since) {
            (Some((at, why)), _) => {
                format!("disabled {} ({})", operator::minute(at), why.as_str())
            }
            (None, Some(since)) => format!("failing since {}", operator::minute(since)),
            (None, None) => "enabled".to_owned(),
        };
        let events = match &endpoint.events {
            EventFilter::All => "*".to_owned(),
            EventFilter::Only(names) => names.join(","),
        };
        vec![
            endpoint.id.to_string(),
            endpoint.url.clone(),
            events,
            stands,
            endpoint.description.clone(),
        ]
    });
    operator::table(
        &["ID", "URL", "EVENTS", "STATUS", "DESCRIPTION"],
        rows.collect(),
    )
}

fn events(endpoint: &Endpoint) -> Value {
    match &endpoint.events {
        EventFilter::All => Value::Null,
        EventFilter::Only(names) => json!(names),
    }
}

pub(super) fn deliveries(deliveries: &[Delivery], as_json: bool) -> Result<()> {
    if as_json {
        return deliveries.iter().try_for_each(|delivery| {
            let object = json!({
                "id": delivery.id,
                "endpoint_id": delivery.endpoint_id,
                "event_id": delivery.event_id,
                "type": delivery.event_type,
                "payment_id": payment(delivery),
                "sequence": delivery.sequence,
                "status": delivery.status.as_str(),
                "attempt_count": delivery.attempts,
                "next_attempt_at": next_attempt(delivery),
                "created_at": delivery.created_at,
                "attempts": delivery.log,
            });
            crate::print(&object.to_string())
        });
    }
    let rows = deliveries.iter().map(|delivery| {
        let last = delivery.log.last().map_or("-".to_owned(), said);
        vec![
            delivery.id.to_string(),
            operator::minute(delivery.created_at),
            delivery.event_type.clone(),
            payment(delivery).unwrap_or_else(|| "-".to_owned()),
            delivery.status.as_str().to_owned(),
            delivery.attempts.to_string(),
            last,
        ]
    });
    let heads = [
        "ID",
        "EVENT AT",
        "TYPE",
        "PAYMENT",
        "STATUS",
        "ATTEMPTS",
        "LAST ANSWER",
    ];
    operator::table(&heads, rows.collect())
}

/// What is due from the beginning is due when its event happens.
fn next_attempt(delivery: &Delivery) -> Option<Timestamp> {
    let due = delivery
        .due_at
        .filter(|_| delivery.in_flight_since.is_none());
    due.map(|due| due.max(delivery.created_at))
}

fn payment(delivery: &Delivery) -> Option<String> {
    match delivery.about {
        Told::Payment(id) => Some(id.to_string()),
        Told::Endpoint(_) => None,
    }
}

/// What came of an attempt, in a line.
fn said(attempt: &Attempt) -> String {
    let took = attempt.duration_ms;
    match (attempt.status, &attempt.problem) {
        (Some(status), _) => format!("{status} ({took} ms)"),
        (None, Some(problem)) => problem.clone(),
        (None, None) => "-".to_owned(),
    }
}

/// A ping that was not answered with a 2xx is a failure.
pub(super) fn ping(attempt: &Attempt) -> Result<()> {
    let status = attempt.status;
    if status.is_some_and(|status| (200..300).contains(&status)) {
        return crate::print(&said(attempt));
    }
    bail!("it has not arrived: {}", said(attempt))
}
