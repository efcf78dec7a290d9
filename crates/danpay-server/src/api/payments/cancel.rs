//! Cancel: all or a part of a payment goes back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use danpay_core::{CancellationId, CancellationState, PaymentId, Reason, Wanted};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{json_answer, not_known_yet, replayed};
use crate::api::extract::{FromJson, IdempotencyKey, JsonBody, PathId};
use crate::api::json::{Object, text, won};
use crate::api::{Caller, PaymentJson, idempotency};
use crate::app::App;
use crate::flow::Handled;
use crate::http::{Code, Problem};

/// What is to go back: without `amount`, all that is left. Unknown members are refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "the schema of what `FromJson` reads member by member"
)]
pub(in crate::api) struct NewCancellation {
    /// The part; all that is left, if it is left out. It must not be null.
    #[schema(nullable = false)]
    amount: Option<CancelAmount>,
    /// What you believe is left, KRW: if somebody else has refunded meanwhile, nothing happens.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 2200)]
    expected_left: Option<i64>,
    /// For your own books; not sent to KakaoPay.
    #[schema(min_length = 1, max_length = 200)]
    reason: Option<String>,
}

/// Whole KRW. What is left out is split by what is left of the payment.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the schema of what `amount` reads")]
pub(in crate::api) struct CancelAmount {
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 700)]
    total: i64,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    tax_free: Option<i64>,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    vat: Option<i64>,
}

/// What is to go back. Without an amount, all that is left.
pub(in crate::api) struct CancelBody {
    wanted: Wanted,
    reason: Option<Reason>,
}

/// A program whose variable is null would give everything back.
const NULL_AMOUNT: (&str, &str) = (
    "must not be null: leave it out to give back all that is left, or name a part by amount.total",
    "null일 수 없습니다. 남은 금액을 모두 취소하려면 빼고, 일부만 취소하려면 amount.total을 적어 주세요",
);

impl FromJson for CancelBody {
    const INSTEAD_OF_NOTHING: [&str; 2] = [
        "Send `{}` to give back all that is left, or the amount of a part.",
        "남은 금액을 모두 취소하려면 `{}`를, 일부만 취소하려면 금액을 보내 주세요.",
    ];

    fn from_json(object: &mut Object<'_>) -> Option<Self> {
        let part = object.optional_never_null("amount", NULL_AMOUNT, |field| field.object(amount));
        let expected_left = object.optional("expected_left", won);
        let reason = object.optional("reason", text);
        let wanted = Wanted {
            expected_left,
            ..part.unwrap_or_default()
        };
        Some(Self { wanted, reason })
    }
}

/// Whole KRW.
fn amount(object: &mut Object<'_>) -> Option<Wanted> {
    let total = object.required("total", won);
    let tax_free = object.optional("tax_free", won);
    let vat = object.optional("vat", won);
    Some(Wanted {
        total: Some(total?),
        tax_free,
        vat,
        expected_left: None,
    })
}

/// The payment, and which of its cancellations this is about.
#[derive(Serialize, ToSchema)]
#[schema(as = CanceledPayment)]
pub(in crate::api) struct Canceled<'a> {
    #[serde(flatten)]
    payment: PaymentJson<'a>,
    /// Which of `cancellations` this request is about.
    #[schema(value_type = Option<String>, example = "can_01m325a9c0e1f8tz5r7kq2w4xn")]
    cancellation_id: Option<CancellationId>,
}

/// Cancel a payment, all or a part
///
/// 200 once the money has gone back, 202 while that is not known, a problem if KakaoPay said no. A key that comes again
/// is answered by how its cancellation stands by then.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/cancel",
    operation_id = "cancelPayment",
    tag = "payments",
    request_body = NewCancellation,
    responses(
        (status = 200, body = Canceled<'_>, description = "The money has gone back."),
        (status = 202, body = Canceled<'_>, description = "On its way, the outcome is not known yet: ask again, or wait for the event."),
    ),
    extensions(("x-summary-ko" = json!("결제 취소(전액·부분)")), ("x-problems" = json!([Code::IdempotencyKeyMissing, Code::NotFound, Code::WrongStatus, Code::CancelRefused, Code::CancellationPending, Code::ExpectedLeftDiffers, Code::RefundLimit, Code::IdempotencyKeyReused, Code::Overloaded, Code::DatabaseRestored]))),
)]
pub(in crate::api) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<PaymentId>,
    key: IdempotencyKey,
    body: Result<JsonBody<CancelBody>, Problem>,
) -> Result<Response, Problem> {
    key.required()?;
    let JsonBody(CancelBody { wanted, reason }) = body?;
    let key = key.of(idempotency::cancel(&wanted, reason.as_ref()));
    let handled = app
        .flow
        .cancel(caller.payment(id), wanted, reason, key)
        .await?;
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
            payment: PaymentJson::new(&payment, &caller.shop.public_url, now),
        };
        // Nothing in it can fail to be JSON: keys are texts and numbers are finite.
        json_answer(status, serde_json::to_string(&answer).unwrap_or_default())
    };
    let answer = match ours.map(|ours| (ours.id, &ours.state)) {
        Some((id, CancellationState::Failed { failure })) => {
            Problem::cancel_refused(failure, &payment, id).into_response()
        }
        Some((_, CancellationState::Done { .. })) => told(StatusCode::OK),
        Some((_, CancellationState::Pending { .. })) | None => {
            not_known_yet(told(StatusCode::ACCEPTED))
        }
    };
    Ok(if again { replayed(answer) } else { answer })
}
