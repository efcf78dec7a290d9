//! What a shop is told of a payment, in pages, oldest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use danpay_core::{Event, EventType, InvalidField};
use http::StatusCode;
use serde::Deserialize;

use super::Caller;
use super::list::{limit, unreadable, wrong_cursor};
use super::payments::{id, json_answer};
use crate::app::App;
use crate::flow::{Happened, HistoryPart};
use crate::http::Problem;
use crate::limits;
use crate::wire;

/// `GET /v1/payments/{id}/events`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    limit: Option<u32>,
    /// The sequence of the last event that was seen.
    cursor: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, "limit and cursor"))?;
    let part = query.part().map_err(|field| Problem::fields(vec![field]))?;
    let is_told = |event: &Event| EventType::of(event).is_some();
    let history = app.flow.history(caller.payment(id), part, is_told).await?;
    let data = told_events(&history.happened, &caller);
    let next = history.next.map(|sequence| sequence.to_string());
    let body = wire::body(&wire::List::new(data, next, history.damaged));
    Ok(json_answer(StatusCode::OK, body))
}

/// The events that the caller is told of what has happened.
pub(super) fn told_events<'a>(happened: &'a [Happened], caller: &Caller) -> Vec<wire::Event<'a>> {
    let told = happened.iter().filter_map(|happened| {
        let Happened { event, payment } = happened;
        wire::Event::new(event, payment, &caller.shop.public_url)
    });
    told.collect()
}

impl EventsQuery {
    fn part(self) -> Result<HistoryPart, InvalidField> {
        let most = limit(self.limit, (limits::PAGE, limits::PAGE_MAX))?;
        let after = self.cursor.map(|cursor| cursor.parse()).transpose();
        Ok(HistoryPart {
            after: after.map_err(|_| wrong_cursor())?.unwrap_or(0),
            most: most as usize,
        })
    }
}
