//! What a file has: its rows, a page at a time, as the list of the same name reads them.

use std::time::Duration;

use danpay_core::timing::KOREA;
use danpay_core::{EventId, Payment};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::columns;
use crate::api::events::told_events;
use crate::api::list::shown;
use crate::api::{Caller, PaymentJson};
use crate::app::App;
use crate::flow::{Asked, Wait};
use crate::http::Problem;
use crate::store::payments::Page;
use crate::store::positions::ShopsEvents;
use crate::store::webhooks::ListDeliveries;
use crate::wire::WebhookDelivery;

/// Those that are still to be read.
pub(in crate::api) enum Rows {
    Payments(Page),
    /// Up to the newest that there was at the beginning: somebody may read more slowly than they happen.
    Events {
        asked: ShopsEvents,
        newest: Option<EventId>,
    },
    Deliveries(ListDeliveries),
}

/// A page, and what comes after it. Those that cannot be read come first: whoever goes on after the last row
/// of a file that was broken off then passes over none.
pub(super) type Read = (Vec<Value>, Option<Rows>);

impl Rows {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Payments(_) => "payments",
            Self::Events { .. } => "events",
            Self::Deliveries(_) => "webhook_deliveries",
        }
    }

    pub(super) fn columns(&self) -> &'static [String] {
        match self {
            Self::Payments(_) => &columns::PAYMENTS,
            Self::Events { .. } => &columns::EVENTS,
            Self::Deliveries(_) => &columns::DELIVERIES,
        }
    }

    pub(super) async fn read(self, app: &App, caller: &Caller) -> Result<Read, Problem> {
        match self {
            Self::Payments(page) => payments(app, caller, page).await,
            Self::Events { asked, newest } => events(app, caller, asked, newest).await,
            Self::Deliveries(asked) => deliveries(app, asked).await,
        }
    }
}

async fn payments(app: &App, caller: &Caller, page: Page) -> Result<Read, Problem> {
    let part = app.flow.list(page.clone()).await?;
    let now = app.flow.clock.now();
    let show = |payment| {
        let shown = PaymentJson::new(payment, &caller.shop.public_url, now);
        with_korean_times(row(&shown), payment)
    };
    let (rows, damaged) = shown(&part.payments, show);
    let after = part.next.map(|id| id.parse()).transpose();
    let after = after.map_err(|_| Problem::broken())?;
    let next = after.map(|after| {
        Rows::Payments(Page {
            after: Some(after),
            ..page
        })
    });
    Ok((joined(&damaged, rows), next))
}

async fn events(
    app: &App,
    caller: &Caller,
    asked: ShopsEvents,
    newest: Option<EventId>,
) -> Result<Read, Problem> {
    let wait = Wait {
        at_most: Duration::ZERO,
        ending: &app.draining,
    };
    let feed = app.flow.feed(Asked::Events(asked.clone()), wait).await?;
    let told = told_events(&feed.happened, caller);
    let rows = told.iter().map(row).collect::<Vec<_>>();
    let mut ids = feed.happened.iter().map(|happened| happened.event.id);
    let newest_id = newest.map(|id| id.to_string());
    let is_last = feed.is_empty()
        || newest.is_some_and(|newest| ids.any(|id| id == newest))
        || newest_id.is_some_and(|newest| feed.damaged.contains(&newest));
    let after = feed.last.map(|id| id.parse()).transpose();
    let after = after.map_err(|_| Problem::broken())?;
    let next = (!is_last).then_some(Rows::Events {
        asked: ShopsEvents { after, ..asked },
        newest,
    });
    Ok((joined(&feed.damaged, rows), next))
}

async fn deliveries(app: &App, asked: ListDeliveries) -> Result<Read, Problem> {
    let (page, after) = app.webhooks.deliveries(asked.clone()).await?;
    let now = app.webhooks.clock.machine();
    let show = |delivery| row(&WebhookDelivery::of(delivery, now));
    let (rows, damaged) = shown(&page, show);
    let next = after.map(|after| {
        Rows::Deliveries(ListDeliveries {
            after: Some(after),
            ..asked
        })
    });
    Ok((joined(&damaged, rows), next))
}

fn joined(damaged: &[String], rows: Vec<Value>) -> Vec<Value> {
    let unread = damaged.iter().map(|id| unreadable(id));
    unread.chain(rows).collect()
}

/// What is shown, with all its members.
fn row(shown: &impl Serialize) -> Value {
    // Nothing of the wire can fail to be JSON: keys are texts and numbers are finite.
    let mut row = serde_json::to_value(shown).unwrap_or_default();
    set(&mut row, columns::DAMAGED, json!(false));
    row
}

/// What a row that cannot be read says.
fn unreadable(id: &str) -> Value {
    json!({ "id": id, columns::DAMAGED: true })
}

fn with_korean_times(mut row: Value, payment: &Payment) -> Value {
    let approved_at = payment.state.approval().and_then(|one| one.approved_at);
    let times = [
        (columns::CREATED_AT_KOREA, Some(payment.created_at)),
        (columns::APPROVED_AT_KOREA, approved_at),
    ];
    for (name, at) in times {
        set(&mut row, name, json!(at.map(in_korea)));
    }
    row
}

/// `2026-09-21 23:14:22`.
fn in_korea(at: Timestamp) -> String {
    let there = KOREA.to_datetime(at);
    there.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn set(row: &mut Value, name: &str, value: Value) {
    if let Some(row) = row.as_object_mut() {
        row.insert(name.to_owned(), value);
    }
}
