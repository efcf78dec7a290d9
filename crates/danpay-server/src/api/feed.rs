//! What the shop is told of all its payments, for whoever follows it.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::{InvalidField, ShopId};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Caller;
use super::caller::still_opens;
use super::csv::{self, Rows, Wanted};
use super::events::told_events;
use super::list::unreadable;
use super::payments::json_answer;
use crate::app::App;
use crate::flow::{Asked, Wait};
use crate::http::{Code, Problem};
use crate::limits;
use crate::store::positions::ShopsEvents;
use crate::wire;

/// In the place of an event's id: the newest one, whichever that is.
const LATEST: &str = "latest";

/// `GET /v1/events`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    /// How many a page has; 20, if it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, which is the id of the last event that was seen, or `latest`.
    #[param(pattern = "^(latest|evt_[0-7][0-9a-hjkmnp-tv-z]{25})$")]
    after: Option<String>,
    /// So many seconds at most danpay waits for the next event, if there is none to tell.
    #[param(minimum = 0, maximum = 20)]
    wait: Option<u32>,
}

/// List what has happened to all payments of the shop
///
/// In their order. Store `next_cursor` together with what you did, and go on with `after`. A page without events says the
/// same `next_cursor` again.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "listEvents",
    tag = "events",
    params(FeedQuery),
    responses(
        (
            status = 200,
            description = "A page of them; an empty one, if there is nothing to tell. With `Accept: text/csv`, all of them as a file.",
            content(
                (wire::List<wire::Event<'_>> = "application/json"),
                (String = "text/csv"),
            ),
        ),
    ),
    extensions(("x-summary-ko" = json!("상점의 모든 이벤트")), ("x-problems" = json!([Code::EventUnknown, Code::TooManyExports]))),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    query: Result<Query<FeedQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) =
        query.map_err(|rejection| unreadable(&rejection, "limit, after and wait"))?;
    let invalid = |field| Problem::fields(vec![field]);
    if wanted == Wanted::Csv {
        let asked = query.all(caller.shop.id).map_err(invalid)?;
        let newest = app.flow.newest_event(caller.shop.id).await?;
        return csv::answer(app, caller, Rows::Events { asked, newest }).await;
    }
    let wait = Wait {
        at_most: query.wait().map_err(invalid)?,
        // A server drains before it stops.
        ending: &app.draining,
    };
    let is_waiting = !wait.at_most.is_zero();
    let asked = query.asked(caller.shop.id).map_err(invalid)?;
    let feed = app.flow.feed(asked, wait).await?;
    if is_waiting {
        still_opens(&app, &caller).await?;
    }
    let data = told_events(&feed.happened, &caller);
    let body = wire::body(&wire::List::new(data, feed.last, feed.damaged));
    Ok(json_answer(StatusCode::OK, body))
}

impl FeedQuery {
    fn wait(&self) -> Result<Duration, InvalidField> {
        let most = limits::FOLLOWER_WAITS_S;
        let seconds = self.wait.unwrap_or(0);
        if seconds > most {
            return Err(InvalidField::new(
                "wait",
                format!("must be from 0 to {most}, in seconds"),
                format!("0~{most}(초)이어야 합니다"),
            ));
        }
        Ok(Duration::from_secs(seconds.into()))
    }

    /// What a file has: it does not wait, and what comes after the newest event is nothing.
    fn all(self, shop_id: ShopId) -> Result<ShopsEvents, InvalidField> {
        if self.wait()? > Duration::ZERO {
            return Err(csv::not_of_a_file("wait"));
        }
        if self.after.as_deref() == Some(LATEST) {
            return Err(csv::not_of_a_file("after"));
        }
        self.events(shop_id, Wanted::Csv)
    }

    fn asked(self, shop_id: ShopId) -> Result<Asked, InvalidField> {
        if self.after.as_deref() == Some(LATEST) {
            Wanted::Json.limit(self.limit)?;
            return Ok(Asked::Latest(shop_id));
        }
        self.events(shop_id, Wanted::Json).map(Asked::Events)
    }

    fn events(self, shop_id: ShopId, wanted: Wanted) -> Result<ShopsEvents, InvalidField> {
        let limit = wanted.limit(self.limit)?;
        let after = self.after.map(|after| after.parse()).transpose();
        let after = after.map_err(|_| {
            InvalidField::new(
                "after",
                "must be the id of an event (evt_...), the next_cursor of the page before, or latest",
                "이벤트의 id(evt_...), 앞 페이지의 next_cursor 또는 latest여야 합니다",
            )
        })?;
        Ok(ShopsEvents {
            shop_id,
            after,
            limit,
        })
    }
}
