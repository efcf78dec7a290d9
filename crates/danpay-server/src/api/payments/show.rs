//! How a payment stands.

use axum::extract::State;
use axum::response::Response;
use danpay_core::PaymentId;
use http::StatusCode;

use super::payment_answer;
use crate::api::Caller;
use crate::api::extract::PathId;
use crate::app::App;
use crate::http::Problem;

/// `GET /v1/payments/{id}`.
pub(in crate::api) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PaymentId>,
) -> Result<Response, Problem> {
    let payment = app.flow.payment(caller.payment(id)).await?;
    Ok(payment_answer(&app, &caller, StatusCode::OK, &payment))
}
