//! Payments in pages, the newest first.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::{InvalidField, OrderId, ShopId, UserId};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::csv::{self, Rows, Wanted};
use super::payments::json_answer;
use super::{Caller, PaymentJson, filter, openapi};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::limits;
use crate::store::Listed;
use crate::store::payments::{Filter, Page};
use crate::wire;

/// `GET /v1/payments`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// How many a page has; 20, if it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    cursor: Option<String>,
    /// Those of this number of yours.
    #[param(min_length = 1, max_length = 100)]
    order_id: Option<String>,
    /// Those of this member of yours.
    #[param(min_length = 1, max_length = 100)]
    user_id: Option<String>,
    #[param(schema_with = openapi::statuses, required = false)]
    status: Option<String>,
    /// Those of this merchant code.
    #[param(pattern = "^[A-Za-z0-9]{1,20}$")]
    cid: Option<String>,
    /// `true`: those that the operator has to look at; `false`: the others.
    #[param(value_type = Option<bool>)]
    needs_review: Option<String>,
    /// A day in Korea (`2026-11-26`), or an instant (`2026-11-26T09:00:00+09:00`): the first that counts.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    created_from: Option<String>,
    /// A day in Korea, which is in it, or an instant, which is not.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    created_to: Option<String>,
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

const TAKES: &str =
    "limit, cursor, order_id, user_id, status, cid, needs_review, created_from and created_to";

impl ListQuery {
    /// Or all that is wrong.
    fn page(self, shop_id: ShopId, wanted: Wanted) -> Result<Page, Vec<InvalidField>> {
        let mut wrong = Wrong::default();
        let limit = wrong.or(Some(wanted.limit(self.limit)));
        let after = self.cursor.map(|id| id.parse().map_err(|_| wrong_cursor()));
        let after = wrong.or(after);
        let order_id = wrong.or(self.order_id.map(OrderId::try_from));
        let user_id = wrong.or(self.user_id.map(UserId::try_from));
        let created_from = wrong.or(self.created_from.map(|text| filter::created_from(&text)));
        let created_before = wrong.or(self.created_to.map(|text| filter::created_before(&text)));
        let filter = Filter {
            order_id: order_id.map(|id| id.as_str().to_owned()),
            user_id: user_id.map(|id| id.as_str().to_owned()),
            status: wrong.or(self.status.map(|text| filter::status(&text))),
            cid: wrong.or(self.cid.map(filter::cid)),
            needs_review: wrong.or(self.needs_review.map(|text| filter::needs_review(&text))),
            created_from,
            created_before,
        };
        if created_from
            .zip(created_before)
            .is_some_and(|(from, before)| from >= before)
        {
            wrong.0.push(filter::ends_before_it_begins());
        }
        if !wrong.0.is_empty() {
            return Err(wrong.0);
        }
        Ok(Page {
            shop_id,
            filter,
            after,
            until: None,
            limit: limit.unwrap_or(limits::PAGE),
        })
    }
}

/// What is wrong with a query so far.
#[derive(Default)]
struct Wrong(Vec<InvalidField>);

impl Wrong {
    /// The value, if there is one and it can be taken.
    fn or<T>(&mut self, value: Option<Result<T, InvalidField>>) -> Option<T> {
        let value = value?.map_err(|field| self.0.push(field));
        value.ok()
    }
}

/// List payments
///
/// The newest first. A page may have fewer than `limit`: only `next_cursor: null` says that it is the last.
#[utoipa::path(
    get,
    path = "/v1/payments",
    operation_id = "listPayments",
    tag = "payments",
    params(ListQuery),
    responses(
        (
            status = 200,
            description = "A page of them. With `Accept: text/csv`, all of them as a file.",
            content(
                (wire::List<wire::Payment<'_>> = "application/json"),
                (String = "text/csv"),
            ),
        ),
    ),
    extensions(("x-summary-ko" = json!("결제 목록")), ("x-problems" = json!([Code::TooManyExports]))),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, TAKES))?;
    let page = query
        .page(caller.shop.id, wanted)
        .map_err(Problem::fields)?;
    if wanted == Wanted::Csv {
        return csv::answer(app, caller, Rows::Payments(page)).await;
    }
    let part = app.flow.list(page).await?;
    let now = app.flow.clock.now();
    let show = |payment| PaymentJson::new(payment, &caller.shop.public_url, now);
    let (data, damaged) = shown(&part.payments, show);
    let body = wire::body(&wire::List::new(data, part.next, damaged));
    Ok(json_answer(StatusCode::OK, body))
}

/// What is shown of those that can be read, and the ids of those that cannot.
pub(super) fn shown<'a, T, S>(
    listed: &'a [Listed<T>],
    show: impl Fn(&'a T) -> S,
) -> (Vec<S>, Vec<String>) {
    let (mut data, mut damaged) = (Vec::new(), Vec::new());
    for one in listed {
        match one {
            Ok(one) => data.push(show(one)),
            Err(row) => damaged.push(row.id.clone()),
        }
    }
    (data, damaged)
}

pub(super) fn unreadable(rejection: &QueryRejection, takes: &str) -> Problem {
    Problem::new(
        Code::QueryUnreadable,
        format!("The query cannot be read: {rejection}. It takes {takes}."),
        format!(
            "쿼리를 읽을 수 없습니다. {}만 쓸 수 있습니다.",
            takes.replace(" and ", ", ")
        ),
    )
}
