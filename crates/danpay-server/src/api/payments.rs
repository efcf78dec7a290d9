//! Payments, one verb a file.

pub(super) mod approve;
pub(super) mod cancel;
pub(super) mod create;
pub(super) mod recover;
pub(super) mod show;
pub(super) mod withdraw;

use axum::response::{IntoResponse, Response};
use danpay_core::{Payment, PaymentId};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{Caller, PaymentJson};
use crate::app::App;
use crate::http::Problem;
use crate::limits;

#[cfg(test)]
pub(super) use create::CreateBody;

pub(super) fn json_answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An id that is none names nothing, like one that is not ours.
pub(super) fn id(text: &str) -> Result<PaymentId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// How a payment stands now.
fn payment_answer(app: &App, caller: &Caller, status: StatusCode, payment: &Payment) -> Response {
    let now = app.flow.clock.now();
    let answer = PaymentJson::new(payment, &caller.shop.public_url, now).to_body();
    json_answer(status, answer)
}

/// Says when to ask again: KakaoPay's answer is not known yet.
fn not_known_yet(mut answer: Response) -> Response {
    let seconds = limits::SHOP_ASKS_AGAIN_S.into();
    answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    answer
}

/// Marks an answer as one to a key that had come before.
pub(super) fn replayed(mut response: Response) -> Response {
    let name = HeaderName::from_static("idempotent-replayed");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static("true"));
    response
}
