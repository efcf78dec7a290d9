//! Payments in pages, the newest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::{InvalidField, OrderId, PaymentId};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::PaymentJson;
use super::payments::json_answer;
use super::problem::Problem;
use crate::limits;
use crate::server::App;
use crate::store::Page;

/// `GET /v1/payments`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
    order_id: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<PaymentJson<'a>>,
    /// What the next page's `cursor` is; absent on the last page.
    next_cursor: Option<PaymentId>,
}

impl ListQuery {
    fn page(self) -> Result<Page, InvalidField> {
        let limit = self.limit.unwrap_or(limits::PAGE);
        if !(1..=limits::PAGE_MAX).contains(&limit) {
            let most = limits::PAGE_MAX;
            return Err(InvalidField::new(
                "limit",
                format!("must be from 1 to {most}"),
                format!("1~{most}이어야 합니다"),
            ));
        }
        let cursor = self.cursor.map(|cursor| cursor.parse());
        let after = cursor.transpose().map_err(|_| {
            InvalidField::new(
                "cursor",
                "must be the next_cursor of the page before",
                "앞 페이지의 next_cursor여야 합니다",
            )
        })?;
        let order_id = self.order_id.map(OrderId::try_from).transpose()?;
        Ok(Page {
            order_id: order_id.map(|id| id.as_str().to_owned()),
            after,
            limit,
        })
    }
}

pub(super) async fn list(
    State(app): State<App>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| unreadable(&rejection))?;
    let page = query.page().map_err(|field| Problem::fields(vec![field]))?;
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
    let list = List {
        object: "list",
        next_cursor: payments.last().filter(|_| more).map(|last| last.id),
        data: payments
            .iter()
            .map(|payment| PaymentJson::new(payment, &app.public_url))
            .collect(),
    };
    // Nothing in it can fail to be JSON: keys are texts and numbers are finite.
    let body = serde_json::to_string(&list).unwrap_or_default();
    Ok(json_answer(StatusCode::OK, body))
}

fn unreadable(rejection: &QueryRejection) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "query_unreadable",
        format!("The query cannot be read: {rejection}. It takes limit, cursor and order_id."),
        "쿼리를 읽을 수 없습니다. limit, cursor, order_id만 쓸 수 있습니다.",
    )
}
