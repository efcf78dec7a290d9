//! Payments: create, show, approve, withdraw.

use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use danpay_core::{Command, Payment, PaymentId, Status};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::body::{self, CreatePayment};
use super::idempotency::Asked;
use super::{Caller, PaymentJson, idempotency};
use crate::app::App;
use crate::flow::Handled;
use crate::http::Problem;

pub(super) fn json_answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An id that is none names nothing, like one that is not ours.
pub(super) fn id(text: &str) -> Result<PaymentId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// How a payment stands now.
pub(super) fn told(app: &App, caller: &Caller, status: StatusCode, payment: &Payment) -> Response {
    let now = app.flow.clock.now();
    let answer = PaymentJson::new(payment, &caller.shop.public_url, now).to_body();
    json_answer(status, answer)
}

/// 201, or 200 with the payment as it stands if it was created before, under the same key.
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let order = body::read::<CreatePayment>(&body)?.into_order()?;
    let key = idempotency::read(&headers, &Asked::create(&order))?;
    let handled = app.flow.create(caller.shop.id, order, key).await?;
    Ok(if handled.replayed {
        replayed(told(&app, &caller, StatusCode::OK, &handled.payment))
    } else {
        told(&app, &caller, StatusCode::CREATED, &handled.payment)
    })
}

/// Marks an answer as one to a key that had come before.
pub(super) fn replayed(mut response: Response) -> Response {
    let name = HeaderName::from_static("idempotent-replayed");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static("true"));
    response
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let payment = app.flow.payment(caller.payment(id(&text)?)).await?;
    Ok(told(&app, &caller, StatusCode::OK, &payment))
}

/// Manual approval: 200 once it is paid, 202 while the outcome is not known, a problem if it ended
/// unpaid. Asked again, it tells how the payment stands.
pub(super) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let asked = Asked::plain("/v1/payments/{id}/approve", id);
    let key = idempotency::read(&headers, &asked)?;
    let Handled {
        payment,
        replayed: again,
        ..
    } = app
        .flow
        .act_for_shop(caller.payment(id), Command::Approve, key)
        .await?;
    let answer = match payment.status() {
        Status::Approved | Status::PartiallyCanceled | Status::Canceled => {
            told(&app, &caller, StatusCode::OK, &payment)
        }
        Status::Approving => told(&app, &caller, StatusCode::ACCEPTED, &payment),
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

/// 200 once it is withdrawn, a problem if that is not possible any more.
pub(super) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let asked = Asked::plain("/v1/payments/{id}/withdraw", id);
    let key = idempotency::read(&headers, &asked)?;
    let Handled {
        payment,
        replayed: again,
        ..
    } = app
        .flow
        .act_for_shop(caller.payment(id), Command::Withdraw, key)
        .await?;
    match payment.status() {
        Status::Withdrawn => {
            let answer = told(&app, &caller, StatusCode::OK, &payment);
            Ok(if again { replayed(answer) } else { answer })
        }
        status => Err(Problem::wrong_status(status)),
    }
}

/// Asks KakaoPay now, whatever the books say.
pub(super) async fn recover(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let asked = Asked::plain("/v1/payments/{id}/recover", id);
    let key = idempotency::read(&headers, &asked)?;
    let payment = app.flow.look_up_for_shop(caller.payment(id), key).await?;
    Ok(told(&app, &caller, StatusCode::OK, &payment))
}

pub(super) fn unreadable(rejection: &BytesRejection) -> Problem {
    let status = rejection.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(
            status,
            "body_too_large",
            format!(
                "The body has more than {} bytes.",
                crate::limits::BODY_BYTES
            ),
            format!("본문이 {}바이트를 넘습니다.", crate::limits::BODY_BYTES),
        )
    } else {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "body_unreadable",
            "The body ended before it was complete.",
            "본문이 끝까지 도착하지 않았습니다.",
        )
    }
}
