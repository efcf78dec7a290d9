//! Recover: KakaoPay is asked now, whatever the database says.

use axum::extract::State;
use axum::response::Response;
use danpay_core::PaymentId;
use http::StatusCode;
use serde_json::Map;

use super::payment_answer;
use crate::api::Caller;
use crate::api::extract::{IdempotencyKey, PathId};
use crate::app::App;
use crate::http::Problem;

/// `POST /v1/payments/{id}/recover`.
pub(in crate::api) async fn recover(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PaymentId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    let payment = app
        .flow
        .look_up_for_shop(caller.payment(id), key.of(Map::new()))
        .await?;
    Ok(payment_answer(&app, &caller, StatusCode::OK, &payment))
}
