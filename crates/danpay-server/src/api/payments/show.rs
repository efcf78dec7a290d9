//! How a payment stands.

use axum::extract::State;
use axum::response::Response;
use danpay_core::PaymentId;
use http::StatusCode;

use super::payment_answer;
use crate::api::Caller;
use crate::api::extract::PathId;
use crate::app::App;
use crate::http::{Code, Problem};
use crate::wire;

/// See how a payment stands
#[utoipa::path(
    get,
    path = "/v1/payments/{id}",
    operation_id = "getPayment",
    tag = "payments",
    responses(
        (status = 200, body = wire::Payment<'_>, description = "The payment as it stands now."),
    ),
    extensions(("x-summary-ko" = json!("결제 조회")), ("x-problems" = json!([Code::NotFound]))),
)]
pub(in crate::api) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PaymentId>,
) -> Result<Response, Problem> {
    let payment = app.flow.payment(caller.payment(id)).await?;
    Ok(payment_answer(&app, &caller, StatusCode::OK, &payment))
}
