//! Withdraw: the shop takes a payment back before its approval is claimed.

use axum::extract::State;
use axum::response::Response;
use danpay_core::{Command, PaymentId, Status};
use http::StatusCode;
use serde_json::Map;

use super::{payment_answer, replayed};
use crate::api::Caller;
use crate::api::extract::{IdempotencyKey, PathId};
use crate::app::App;
use crate::flow::Handled;
use crate::http::{Code, Problem};
use crate::wire;

/// Withdraw a payment
///
/// It is never charged afterwards. A problem, if that is not possible any more.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/withdraw",
    operation_id = "withdrawPayment",
    tag = "payments",
    responses(
        (status = 200, body = wire::Payment<'_>, description = "It is withdrawn."),
    ),
    extensions(("x-summary-ko" = json!("결제 철회")), ("x-problems" = json!([Code::NotFound, Code::WrongStatus, Code::IdempotencyKeyReused]))),
)]
pub(in crate::api) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PaymentId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    let key = key.of(Map::new());
    let Handled {
        payment,
        replayed: again,
        ..
    } = app
        .flow
        .approve_or_withdraw(caller.payment(id), Command::Withdraw, key)
        .await?;
    match payment.status() {
        Status::Withdrawn => {
            let answer = payment_answer(&app, &caller, StatusCode::OK, &payment);
            Ok(if again { replayed(answer) } else { answer })
        }
        status => Err(Problem::wrong_status(status)),
    }
}
