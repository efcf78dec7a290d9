//! Payments in pages, the newest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::{InvalidField, OrderId, ShopId};
use http::StatusCode;
use serde::Deserialize;

use super::payments::json_answer;
use super::{Caller, PaymentJson};
use crate::app::App;
use crate::http::Problem;
use crate::limits;
use crate::store::payments::Page;
use crate::wire;

/// `GET /v1/payments`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
    order_id: Option<String>,
}

/// How much a page has.
pub(super) fn limit(asked: Option<u32>, (usual, most): (u32, u32)) -> Result<u32, InvalidField> {
    let limit = asked.unwrap_or(usual);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(InvalidField::new(
        "limit",
        format!("must be from 1 to {most}"),
        format!("1~{most}이어야 합니다"),
    ))
}

pub(super) fn wrong_cursor() -> InvalidField {
    InvalidField::new(
        "cursor",
        "must be the next_cursor of the page before",
        "앞 페이지의 next_cursor여야 합니다",
    )
}

impl ListQuery {
    fn page(self, shop_id: ShopId) -> Result<Page, InvalidField> {
        let limit = limit(self.limit, (limits::PAGE, limits::PAGE_MAX))?;
        let cursor = self.cursor.map(|cursor| cursor.parse());
        let after = cursor.transpose().map_err(|_| wrong_cursor())?;
        let order_id = self.order_id.map(OrderId::try_from).transpose()?;
        Ok(Page {
            shop_id,
            order_id: order_id.map(|id| id.as_str().to_owned()),
            after,
            limit,
        })
    }
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let takes = "limit, cursor and order_id";
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, takes))?;
    let page = query
        .page(caller.shop.id)
        .map_err(|field| Problem::fields(vec![field]))?;
    let (limit, asked) = (page.limit as usize, page.limit + 1);
    // One more than is shown tells whether there is a next page.
    let mut payments = app
        .flow
        .list(Page {
            limit: asked,
            ..page
        })
        .await?;
    let more = payments.len() > limit;
    payments.truncate(limit);
    let last = payments.last().filter(|_| more).map(|last| match last {
        Ok(payment) => payment.id.to_string(),
        Err(damaged) => damaged.id.clone(),
    });
    let now = app.flow.clock.now();
    let (mut data, mut damaged) = (Vec::new(), Vec::new());
    for payment in &payments {
        match payment {
            Ok(payment) => data.push(PaymentJson::new(payment, &caller.shop.public_url, now)),
            Err(row) => damaged.push(row.id.clone()),
        }
    }
    let body = wire::body(&wire::List::new(data, last, damaged));
    Ok(json_answer(StatusCode::OK, body))
}

pub(super) fn unreadable(rejection: &QueryRejection, takes: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "query_unreadable",
        format!("The query cannot be read: {rejection}. It takes {takes}."),
        format!(
            "쿼리를 읽을 수 없습니다. {}만 쓸 수 있습니다.",
            takes.replace(" and ", ", ")
        ),
    )
}
