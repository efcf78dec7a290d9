//! Why a payment or a cancellation failed.

use serde::{Deserialize, Serialize};

/// Why a payment failed, for the shop and the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word in snake case.
    pub code: String,
    /// One English sentence.
    pub message: String,
    /// The same in Korean.
    pub message_ko: String,
    /// KakaoPay's own words, if it was KakaoPay that said no.
    pub kakaopay: Option<KakaoPayFailure>,
}

/// KakaoPay's words for a failure, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KakaoPayFailure {
    /// For example -780.
    pub error_code: Option<i64>,
    /// For example `approval failure!`.
    pub error_message: Option<String>,
    /// The payment method's own code, for example `USER_LOCKED`.
    pub method_result_code: Option<String>,
    /// The payment method's own message, usually Korean.
    pub method_result_message: Option<String>,
}
