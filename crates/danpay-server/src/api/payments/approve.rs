//! Approve: the shop has the goods (manual approval).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use danpay_core::{Command, PaymentId, Status};
use http::StatusCode;
use serde_json::Map;

use super::{not_known_yet, payment_answer, replayed};
use crate::api::extract::{IdempotencyKey, PathId};
use crate::api::{Caller, PaymentJson};
use crate::app::App;
use crate::flow::Handled;
use crate::http::{Code, Problem};
use crate::wire;

/// Approve a payment
///
/// With manual approval: you have the goods, the payer is charged. 200 once it is paid, 202 while the outcome is not
/// known, a problem if it ended unpaid. Asked again, it tells how the payment stands.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/approve",
    operation_id = "approvePayment",
    tag = "payments",
    responses(
        (status = 200, body = wire::Payment<'_>, description = "It is paid."),
        (status = 202, body = wire::Payment<'_>, description = "The outcome is not known yet: ask again, or wait for the event."),
    ),
    extensions(("x-summary-ko" = json!("결제 승인")), ("x-problems" = json!([Code::NotFound, Code::WrongStatus, Code::ApprovalEnded, Code::OrderBeingCharged, Code::IdempotencyKeyReused, Code::Overloaded, Code::DatabaseRestored]))),
)]
pub(in crate::api) async fn approve(
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
        .approve_or_withdraw(caller.payment(id), Command::Approve, key)
        .await?;
    let answer = match payment.status() {
        Status::Approved | Status::PartiallyCanceled | Status::Canceled => {
            payment_answer(&app, &caller, StatusCode::OK, &payment)
        }
        Status::Approving => not_known_yet(payment_answer(
            &app,
            &caller,
            StatusCode::ACCEPTED,
            &payment,
        )),
        // The payer is not back, or came back with a token that was not the payer's.
        status @ (Status::Ready | Status::Authenticated) => {
            return Err(Problem::wrong_status(status));
        }
        Status::Quit | Status::Failed | Status::Expired | Status::Withdrawn => {
            let now = app.flow.clock.now();
            let json = PaymentJson::new(&payment, &caller.shop.public_url, now);
            Problem::approval_ended(&payment, &json).into_response()
        }
    };
    Ok(if again { replayed(answer) } else { answer })
}
