//! Why a payment or a cancellation has failed.

use serde::Serialize;
use utoipa::ToSchema;

/// The codes that there are.
const CODES: [&str; 9] = [
    "order_already_paid",
    "payment_method_refused",
    "payer_limit",
    "rejected",
    "authentication_failed",
    "approval_failed",
    "overtaken",
    "kakaopay_setup",
    "kakaopay_unreachable",
];

/// Why a payment or a cancellation has failed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Failure<'a> {
    #[schema(example = "payment_method_refused", extensions(("x-extensible-enum" = json!(CODES))))]
    code: &'a str,
    /// English.
    message: &'a str,
    /// Korean: what a customer may read.
    message_ko: &'a str,
    /// Null unless KakaoPay said no by itself.
    kakaopay: Option<KakaoPayFailure<'a>>,
}

/// KakaoPay's own words, as they came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KakaoPayFailure<'a> {
    #[schema(example = -780)]
    error_code: Option<i64>,
    error_message: Option<&'a str>,
    method_result_code: Option<&'a str>,
    /// What the bank or card company says to the payer.
    method_result_message: Option<&'a str>,
}

impl<'a> From<&'a danpay_core::Failure> for Failure<'a> {
    fn from(failure: &'a danpay_core::Failure) -> Self {
        Self {
            code: &failure.code,
            message: &failure.message,
            message_ko: &failure.message_ko,
            kakaopay: failure.kakaopay.as_ref().map(KakaoPayFailure::from),
        }
    }
}

impl<'a> From<&'a danpay_core::KakaoPayFailure> for KakaoPayFailure<'a> {
    fn from(own: &'a danpay_core::KakaoPayFailure) -> Self {
        Self {
            error_code: own.error_code,
            error_message: own.error_message.as_deref(),
            method_result_code: own.method_result_code.as_deref(),
            method_result_message: own.method_result_message.as_deref(),
        }
    }
}
