//! Why a payment or a cancellation has failed.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Failure<'a> {
    code: &'a str,
    message: &'a str,
    message_ko: &'a str,
    kakaopay: Option<KakaoPayFailure<'a>>,
}

/// KakaoPay's own words, as they came.
#[derive(Debug, Serialize)]
pub(crate) struct KakaoPayFailure<'a> {
    error_code: Option<i64>,
    error_message: Option<&'a str>,
    method_result_code: Option<&'a str>,
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
