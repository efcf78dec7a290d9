//! What the shop is told of all its payments, for whoever follows it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::{InvalidField, ShopId};
use http::StatusCode;
use serde::Deserialize;

use super::Caller;
use super::events::told_events;
use super::list::{limit, unreadable};
use super::payments::json_answer;
use crate::app::App;
use crate::http::Problem;
use crate::limits;
use crate::store::positions::ShopsEvents;
use crate::wire;

/// `GET /v1/events`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    limit: Option<u32>,
    /// The id of the last event that was seen.
    after: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<FeedQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, "limit and after"))?;
    let asked = query
        .asked(caller.shop.id)
        .map_err(|field| Problem::fields(vec![field]))?;
    let feed = app.flow.feed(asked).await?;
    let data = told_events(&feed.happened, &caller);
    let body = wire::body(&wire::List::new(data, feed.last, feed.damaged));
    Ok(json_answer(StatusCode::OK, body))
}

impl FeedQuery {
    fn asked(self, shop_id: ShopId) -> Result<ShopsEvents, InvalidField> {
        let limit = limit(self.limit, (limits::PAGE, limits::PAGE_MAX))?;
        let after = self.after.map(|after| after.parse()).transpose();
        let after = after.map_err(|_| {
            InvalidField::new(
                "after",
                "must be the id of an event (evt_...), or the next_cursor of the page before",
                "이벤트의 id(evt_...) 또는 앞 페이지의 next_cursor여야 합니다",
            )
        })?;
        Ok(ShopsEvents {
            shop_id,
            after,
            limit,
        })
    }
}
