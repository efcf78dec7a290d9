//! Endpoints and deliveries, as an operator reads them.

use anyhow::{Result, bail};
use danpay_core::webhook::{Attempt, Delivery, Endpoint, EventFilter, Told};
use danpay_server::{Clock, delivery_json, endpoint_json};

use crate::operator;

pub(super) fn endpoints(endpoints: &[Endpoint], as_json: bool) -> Result<()> {
    if as_json {
        let mut objects = endpoints.iter().map(endpoint_json);
        return objects.try_for_each(|object| crate::print(&object));
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

pub(super) fn deliveries(deliveries: &[Delivery], as_json: bool) -> Result<()> {
    if as_json {
        let now = Clock::system().now();
        let mut objects = deliveries.iter().map(|one| delivery_json(one, now));
        return objects.try_for_each(|object| crate::print(&object));
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
