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
use crate::http::{Code, Problem};
use crate::wire;

/// Ask KakaoPay how a payment stands
///
/// Now, whatever the database says: a cancellation made on KakaoPay's partner site is found this way. A payment is looked
/// up once a second at most, and all of them as often as the operator allows; then the answer is how it stands in the
/// database.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/recover",
    operation_id = "recoverPayment",
    tag = "payments",
    responses(
        (status = 200, body = wire::Payment<'_>, description = "The payment as it stands now."),
    ),
    extensions(("x-summary-ko" = json!("카카오페이에 상태 조회")), ("x-problems" = json!([Code::NotFound, Code::IdempotencyKeyReused]))),
)]
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
