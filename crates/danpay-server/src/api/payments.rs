//! Payments: create, show, approve, and what happened to one.

use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use danpay_core::PaymentId;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use super::body::{self, CreatePayment};
use super::problem::Problem;
use super::{PaymentJson, idempotency};
use crate::flow::{Created, FlowError, Handled};
use crate::server::App;

pub(super) fn json_answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An id that is none names nothing, like one that is not ours.
pub(super) fn id(text: &str) -> Result<PaymentId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

pub(super) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let key = idempotency::read(&headers, "POST /v1/payments", &body)?;
    let order = body::read::<CreatePayment>(&body)?.into_order()?;
    let render = |payment: &_| PaymentJson::new(payment, &app.public_url).to_body();
    match app.flow.create(order, key, render).await? {
        Created::New(answer) => Ok(json_answer(StatusCode::CREATED, answer)),
        Created::Replayed(answer) => Ok(replayed(json_answer(StatusCode::CREATED, answer))),
    }
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
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let payment = app.flow.payment(id(&text)?).await?;
    let answer = PaymentJson::new(&payment, &app.public_url).to_body();
    Ok(json_answer(StatusCode::OK, answer))
}

/// Manual approval. While the outcome is unknown the answer is 202 with the payment as it stands.
pub(super) async fn approve(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let key = idempotency::read(&headers, &format!("POST /v1/payments/{id}/approve"), b"")?;
    let Handled {
        payment,
        replayed: again,
        ..
    } = app.flow.approve(id, key).await?;
    let known = payment.status().is_settled();
    let status = if known {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let answer = json_answer(
        status,
        PaymentJson::new(&payment, &app.public_url).to_body(),
    );
    Ok(if again { replayed(answer) } else { answer })
}

/// Asks KakaoPay now, whatever the books say.
pub(super) async fn recover(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let key = idempotency::read(&headers, &format!("POST /v1/payments/{id}/recover"), b"")?;
    let payment = app.flow.look_up_for_shop(id, key).await?;
    let answer = PaymentJson::new(&payment, &app.public_url).to_body();
    Ok(json_answer(StatusCode::OK, answer))
}

pub(super) async fn events(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    let events = app.flow.events(id).await?;
    if events.is_empty() {
        return Err(FlowError::NotFound.into());
    }
    Ok(json_answer(
        StatusCode::OK,
        json!({ "object": "list", "data": events }).to_string(),
    ))
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
