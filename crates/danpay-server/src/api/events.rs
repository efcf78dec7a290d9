//! What a shop is told of a payment, in pages, oldest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use danpay_core::{Event, EventType, InvalidField};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Caller;
use super::list::{limit, unreadable, wrong_cursor};
use super::payments::{id, json_answer};
use crate::app::App;
use crate::flow::{Happened, HistoryPart};
use crate::http::{Code, Problem};
use crate::limits;
use crate::wire;

/// `GET /v1/payments/{id}/events`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// How many a page has; 20, if it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, or the `sequence` of the last event that was seen.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// List what has happened to a payment
///
/// The oldest first.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}/events",
    operation_id = "listPaymentEvents",
    tag = "events",
    params(EventsQuery),
    responses(
        (status = 200, body = wire::List<wire::Event<'_>>, description = "A page of them."),
    ),
    extensions(("x-summary-ko" = json!("결제의 이벤트 목록")), ("x-problems" = json!([Code::NotFound]))),
)]
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
