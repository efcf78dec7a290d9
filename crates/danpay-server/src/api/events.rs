//! What happened to a payment, in pages, oldest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use danpay_core::{Event, InvalidField};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Caller;
use super::list::{limit, unreadable};
use super::payments::{id, json_answer};
use crate::app::App;
use crate::http::Problem;
use crate::limits;
use crate::store::Damaged;
use crate::store::payments::Events as EventsOf;

/// `GET /v1/payments/{id}/events`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    limit: Option<u32>,
    /// The number of the last event that was seen.
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Events {
    object: &'static str,
    data: Vec<Event>,
    /// What the next page's `cursor` is; absent on the last page.
    next_cursor: Option<String>,
    /// Events that cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, "limit and cursor"))?;
    let page = query.page().map_err(|field| Problem::fields(vec![field]));
    let (after, most) = page?;
    // One more than is shown tells whether there is a next page.
    let payment = caller.payment(id);
    let asked = EventsOf {
        payment,
        after,
        limit: most + 1,
    };
    let mut events = app.flow.events(asked).await?;
    if events.is_empty() && after == 0 {
        // Its history may have gone, or it is nobody's.
        app.flow.payment(payment).await?;
    }
    let more = events.len() > most as usize;
    events.truncate(most as usize);
    let shown = u32::try_from(events.len()).unwrap_or(most);
    let mut list = Events {
        object: "list",
        data: Vec::new(),
        // Events are numbered without gaps.
        next_cursor: more.then(|| after.saturating_add(shown).to_string()),
        damaged: Vec::new(),
    };
    for event in events {
        match event {
            Ok(event) => list.data.push(event),
            Err(Damaged { id, .. }) => list.damaged.push(id),
        }
    }
    // Nothing in it can fail to be JSON: keys are texts and numbers are finite.
    let body = serde_json::to_string(&list).unwrap_or_default();
    Ok(json_answer(StatusCode::OK, body))
}

impl EventsQuery {
    fn page(self) -> Result<(u32, u32), InvalidField> {
        let most = limit(self.limit, (limits::EVENTS_PAGE, limits::EVENTS_PAGE_MAX))?;
        let after = self.cursor.map(|cursor| cursor.parse()).transpose();
        let after = after.map_err(|_| super::list::wrong_cursor())?;
        Ok((after.unwrap_or(0), most))
    }
}
