//! A problem as OpenAPI describes it. [`crate::http::Problem`] writes it, member by member.

use utoipa::ToSchema;

use super::amount::Amount;
use super::failure::KakaoPayFailure;
use super::payment::Payment;

/// What went wrong (RFC 9457). `code` says it in a word that stays; what does not belong to it is left out.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema: `http::Problem` writes it")]
pub(crate) struct Problem<'a> {
    /// Where it is explained.
    #[schema(example = "https://pay.your-shop.example/docs/problems/invalid_fields")]
    r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: String,
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    #[schema(example = "invalid_fields")]
    code: String,
    /// What happened, and what to do.
    #[schema(example = "order_id is missing.")]
    detail: String,
    /// The same in Korean.
    #[schema(example = "order_id는 필수 항목입니다.")]
    detail_ko: String,
    /// The id by which danpay's log has the request.
    request_id: Option<String>,
    /// All that is wrong with the request.
    errors: Option<Vec<FieldError>>,
    /// The payment that it is about.
    payment_id: Option<String>,
    /// How the payment stands.
    payment_status: Option<String>,
    /// The payment that has ended unpaid.
    payment: Option<Payment<'a>>,
    cancellation_id: Option<String>,
    endpoint_id: Option<String>,
    /// What has gone back in all.
    canceled_amount: Option<Amount>,
    /// What can still go back.
    cancel_available_amount: Option<Amount>,
    /// Until when KakaoPay would have taken the cancellation, as aggregators say.
    refundable_until: Option<jiff::Timestamp>,
    kakaopay: Option<KakaoPayFailure<'a>>,
    /// Which limit of refunds: `per_refund` or `per_day`.
    limit: Option<String>,
    /// The most, KRW.
    limit_amount: Option<i64>,
    /// What is left of the day's, KRW.
    left_today: Option<i64>,
    /// The day in Korea.
    day: Option<String>,
}

/// A member of the request that cannot be taken.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema: `http::Problem` writes it")]
pub(crate) struct FieldError {
    /// Its name; parts of an object are joined by a dot.
    #[schema(example = "amount.total")]
    field: String,
    message: String,
    message_ko: String,
}
