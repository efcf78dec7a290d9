//! Cancel: all or a part of a payment goes back.

use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use danpay_core::{CancellationId, CancellationState, InvalidField, Reason, Wanted, Won};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::idempotency::Asked;
use super::payments::{id, json_answer, replayed, unreadable};
use super::{PaymentJson, body, idempotency};
use crate::app::App;
use crate::flow::Handled;
use crate::http::Problem;

/// `POST /v1/payments/{id}/cancel`. Without an amount, all that is left goes back.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelBody {
    amount: Option<AmountBody>,
    reason: Option<String>,
}

/// The payment, and which of its cancellations this is about.
#[derive(Serialize)]
struct Canceled<'a> {
    #[serde(flatten)]
    payment: PaymentJson<'a>,
    cancellation_id: Option<CancellationId>,
}

/// Whole KRW.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountBody {
    total: i64,
    tax_free: Option<i64>,
    vat: Option<i64>,
}

impl CancelBody {
    fn read(bytes: &[u8]) -> Result<(Wanted, Option<Reason>), Problem> {
        // Canceling all needs no body.
        let body: Self = if bytes.trim_ascii().is_empty() {
            Self::default()
        } else {
            body::read(bytes)?
        };
        body.checked().map_err(|error| Problem::fields(vec![error]))
    }

    fn checked(self) -> Result<(Wanted, Option<Reason>), InvalidField> {
        let part = |field, amount: Option<i64>| amount.map(|won| Won::new(field, won)).transpose();
        let amount = self.amount.as_ref();
        let wanted = Wanted {
            total: part("amount.total", amount.map(|amount| amount.total))?,
            tax_free: part("amount.tax_free", amount.and_then(|amount| amount.tax_free))?,
            vat: part("amount.vat", amount.and_then(|amount| amount.vat))?,
            expected_left: None,
        };
        Ok((wanted, self.reason.map(Reason::try_from).transpose()?))
    }
}

/// 200 once the money has gone back, 202 while that is not known, a problem if KakaoPay said no;
/// a key that comes again is answered by how its cancellation stands by then. The answer names the
/// cancellation.
pub(super) async fn cancel(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let id = id(&text)?;
    idempotency::required(&headers)?;
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let (wanted, reason) = CancelBody::read(&body)?;
    let asked = Asked::cancel(id, &wanted, reason.as_ref());
    let key = idempotency::read(&headers, &asked)?;
    let handled = app.flow.cancel(id, wanted, reason, key).await?;
    let Handled {
        payment,
        cancellation: asked,
        replayed: again,
    } = handled;
    let mut cancellations = payment.cancellations.iter();
    let ours = cancellations.find(|cancellation| Some(cancellation.id) == asked);
    let told = |status| {
        let now = app.flow.clock.now();
        let answer = Canceled {
            cancellation_id: asked,
            payment: PaymentJson::new(&payment, &app.public_url, now),
        };
        // Nothing in it can fail to be JSON: keys are texts and numbers are finite.
        json_answer(status, serde_json::to_string(&answer).unwrap_or_default())
    };
    let answer = match ours.map(|ours| (ours.id, &ours.state)) {
        Some((id, CancellationState::Failed { failure })) => {
            Problem::cancel_refused(failure, &payment, id).into_response()
        }
        Some((_, CancellationState::Done { .. })) => told(StatusCode::OK),
        Some((_, CancellationState::Pending { .. })) | None => told(StatusCode::ACCEPTED),
    };
    Ok(if again { replayed(answer) } else { answer })
}
