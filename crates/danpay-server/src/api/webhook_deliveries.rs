//! What was sent to a shop's webhook endpoints, and what was answered.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use danpay_core::webhook::DeliveryStatus;
use danpay_core::{DeliveryId, InvalidField, ShopId};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::csv::{self, Rows, Wanted};
use super::extract::PathId;
use super::list::{shown, unreadable, wrong_cursor};
use super::payments::json_answer;
use super::{Caller, openapi};
use crate::app::App;
use crate::http::{Code, Problem};
use crate::limits;
use crate::store::webhooks::ListDeliveries;
use crate::wire::{self, WebhookDelivery};

/// `GET /v1/webhook_deliveries`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// How many a page has; 20, if it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^dlv_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    cursor: Option<String>,
    /// Those to this endpoint.
    #[param(pattern = "^we_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    endpoint_id: Option<String>,
    /// Those of this payment.
    #[param(pattern = "^pay_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    payment_id: Option<String>,
    /// Those of this event.
    #[param(pattern = "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    event_id: Option<String>,
    #[param(schema_with = openapi::delivery_statuses, required = false)]
    status: Option<String>,
}

const TAKES: &str = "limit, cursor, endpoint_id, payment_id, event_id and status";

/// List webhook deliveries
///
/// The newest first.
#[utoipa::path(
    get,
    path = "/v1/webhook_deliveries",
    operation_id = "listWebhookDeliveries",
    tag = "webhooks",
    params(ListQuery),
    responses(
        (
            status = 200,
            description = "A page of them. With `Accept: text/csv`, all of them as a file.",
            content(
                (wire::List<wire::WebhookDelivery<'_>> = "application/json"),
                (String = "text/csv"),
            ),
        ),
    ),
    extensions(("x-summary-ko" = json!("웹훅 전달 내역")), ("x-problems" = json!([Code::TooManyExports]))),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| unreadable(&rejection, TAKES))?;
    let asked = query
        .asked(caller.shop.id, wanted)
        .map_err(|field| Problem::fields(vec![field]))?;
    if wanted == Wanted::Csv {
        return csv::answer(app, caller, Rows::Deliveries(asked)).await;
    }
    let (page, next) = app.webhooks.deliveries(asked).await?;
    let now = app.webhooks.clock.machine();
    let (data, damaged) = shown(&page, |delivery| WebhookDelivery::of(delivery, now));
    let next = next.map(|id| id.to_string());
    let body = wire::body(&wire::List::new(data, next, damaged));
    Ok(json_answer(StatusCode::OK, body))
}

impl ListQuery {
    fn asked(self, shop_id: ShopId, wanted: Wanted) -> Result<ListDeliveries, InvalidField> {
        let limit = wanted.limit(self.limit)?;
        let after = self.cursor.map(|cursor| cursor.parse()).transpose();
        Ok(ListDeliveries {
            shop_id,
            endpoint_id: id("endpoint_id", self.endpoint_id, "we_")?,
            payment_id: id("payment_id", self.payment_id, "pay_")?,
            event_id: id("event_id", self.event_id, "evt_")?,
            status: self.status.map(|text| status(&text)).transpose()?,
            after: after.map_err(|_| wrong_cursor())?,
            limit,
            passed: limits::DELIVERIES_PASSED,
        })
    }
}

fn id<T: std::str::FromStr>(
    field: &str,
    text: Option<String>,
    prefix: &str,
) -> Result<Option<T>, InvalidField> {
    let id = text.map(|text| text.parse()).transpose();
    id.map_err(|_| {
        InvalidField::new(
            field,
            format!("must be an id that begins with {prefix}"),
            format!("{prefix}로 시작하는 id여야 합니다"),
        )
    })
}

fn status(text: &str) -> Result<DeliveryStatus, InvalidField> {
    DeliveryStatus::named(text).ok_or_else(|| {
        let words = DeliveryStatus::ALL.map(DeliveryStatus::as_str).join(", ");
        InvalidField::new(
            "status",
            format!("must be one of {words}"),
            format!("{words} 중 하나여야 합니다"),
        )
    })
}

/// See a webhook delivery, with what is sent
#[utoipa::path(
    get,
    path = "/v1/webhook_deliveries/{id}",
    operation_id = "getWebhookDelivery",
    tag = "webhooks",
    responses(
        (status = 200, body = WebhookDelivery<'_>, description = "The delivery."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 전달 조회")), ("x-problems" = json!([Code::NotFound]))),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<DeliveryId>,
) -> Result<Response, Problem> {
    let (delivery, request) = app.webhooks.delivery(&app.flow, &caller.shop, id).await?;
    let request = request
        .as_ref()
        .map(|(url, body)| (url.as_str(), body.clone()));
    let now = app.webhooks.clock.machine();
    let shown = WebhookDelivery::of(&delivery, now).with_request(request);
    Ok(json_answer(StatusCode::OK, wire::body(&shown)))
}

/// Send a webhook once more
#[utoipa::path(
    post,
    path = "/v1/webhook_deliveries/{id}/resend",
    operation_id = "resendWebhook",
    tag = "webhooks",
    responses(
        (status = 202, body = WebhookDelivery<'_>, description = "It is sent once more, now."),
    ),
    extensions(("x-summary-ko" = json!("웹훅 다시 보내기")), ("x-problems" = json!([Code::NotFound, Code::WebhookEndpointDisabled, Code::WebhookInFlight]))),
)]
pub(super) async fn resend(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<DeliveryId>,
) -> Result<Response, Problem> {
    let delivery = app.webhooks.resend(caller.shop.id, id).await?;
    app.flow.deliveries_due.send_replace(());
    let shown = WebhookDelivery::of(&delivery, app.webhooks.clock.machine());
    Ok(json_answer(StatusCode::ACCEPTED, wire::body(&shown)))
}
