//! KakaoPay's error body.
//! Invariant: a body that is not KakaoPay's hides no status, and no secret that it repeats travels on.

use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

use crate::lenient;

/// KakaoPay's error body. Also reads the predecessor's, whose keys were `code` and `msg`.
///
/// ```
/// let body = r#"{"error_code":-706,"error_message":"partner order id is different"}"#;
/// let error: kakaopay::ApiError = serde_json::from_str(body)?;
/// assert_eq!(error.error_code, Some(-706));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ApiError {
    /// HTTP status of the answer. Not part of KakaoPay's body: 0 when read from that alone.
    pub http_status: u16,
    /// KakaoPay's code, explained by [`describe`](crate::error_code::describe). Absent if the body
    /// had none: the body of a 401 was seen empty, and a gateway's is not KakaoPay's.
    #[serde(alias = "code", deserialize_with = "lenient::decoration")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i32>,
    /// KakaoPay's message, meant for developers; English or Korean.
    #[serde(alias = "msg", deserialize_with = "lenient::text")]
    pub error_message: String,
    /// What the bank or card company said, if KakaoPay had asked it.
    #[serde(
        deserialize_with = "lenient::decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub extras: Option<ErrorExtras>,
}

/// What the bank or card company said.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorExtras {
    /// Its code, such as `USER_LOCKED`. KakaoPay publishes no list.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub method_result_code: Option<String>,
    /// Its message, in Korean; may be shown to the payer.
    #[serde(
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub method_result_message: Option<String>,
}

impl ApiError {
    /// The code of the bank or card company.
    pub fn method_result_code(&self) -> Option<&str> {
        self.extras.as_ref()?.method_result_code.as_deref()
    }

    /// Reads an answer that is no success. A body that is not KakaoPay's leaves the status alone.
    pub(crate) fn from_answer(http_status: u16, body: &[u8], secrets: &[&str]) -> Self {
        let mut error: Self = serde_json::from_slice(body).unwrap_or_default();
        error.http_status = http_status;
        error.mask(secrets);
        error
    }

    /// KakaoPay may repeat what it was sent; a secret must not travel on in its message.
    fn mask(&mut self, secrets: &[&str]) {
        // The longest first: of one that holds another nothing may be left over.
        let mut secrets = secrets.to_vec();
        secrets.retain(|secret| !secret.is_empty());
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        let extras = self.extras.as_mut();
        let texts = extras.map(|extras| {
            [
                &mut extras.method_result_code,
                &mut extras.method_result_message,
            ]
        });
        let texts = texts.into_iter().flatten().filter_map(Option::as_mut);
        for text in texts.chain([&mut self.error_message]) {
            for secret in &secrets {
                *text = text.replace(secret, "***");
            }
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HTTP {}", self.http_status)?;
        if let Some(code) = self.error_code {
            write!(formatter, ", {code}")?;
        }
        if !self.error_message.is_empty() {
            write!(formatter, " {:?}", self.error_message)?;
        }
        if let Some(ErrorExtras {
            method_result_code,
            method_result_message,
        }) = &self.extras
        {
            let code = method_result_code.as_deref().unwrap_or("no code");
            let message = method_result_message.as_deref().unwrap_or_default();
            write!(formatter, " ({code} {message:?})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_foreign_body_leaves_the_status() {
        for body in ["", "<html>502</html>", "[]", "null", "{\"error\":"] {
            let error = ApiError::from_answer(502, body.as_bytes(), &[]);
            assert_eq!(
                error,
                ApiError {
                    http_status: 502,
                    ..ApiError::default()
                },
                "{body}"
            );
        }
    }

    #[test]
    fn odd_members_do_not_hide_the_code() {
        let body = r#"{"error_code":-780,"error_message":null,"extras":"none","new":1}"#;
        let error = ApiError::from_answer(400, body.as_bytes(), &[]);
        assert_eq!((error.error_code, error.extras), (Some(-780), None));
    }

    #[test]
    fn a_secret_that_comes_back_in_a_message_is_masked() {
        let body = r#"{"error_code":-708,"error_message":"no token=tok_1!",
            "extras":{"method_result_code":"tok_1","method_result_message":"[tok_1]"}}"#;
        let error = ApiError::from_answer(400, body.as_bytes(), &["tok_1"]);
        assert!(!format!("{error:?} {error}").contains("tok_1"));
        assert_eq!(error.error_message, "no token=***!");
    }

    #[test]
    fn a_secret_within_a_secret_leaves_nothing_of_the_longer_one() {
        let body = r#"{"error_message":"tok_1-and-more tok_1"}"#;
        for secrets in [
            ["tok_1", "tok_1-and-more", ""],
            ["", "tok_1-and-more", "tok_1"],
        ] {
            let error = ApiError::from_answer(400, body.as_bytes(), &secrets);
            assert_eq!(error.error_message, "*** ***");
        }
    }

    #[test]
    fn it_reads_and_writes_the_new_form() {
        let body = r#"{"http_status":400,"error_code":-780,"error_message":"approval failure!","extras":{"method_result_code":"USER_LOCKED"}}"#;
        let error: ApiError = serde_json::from_str(body).unwrap();
        assert_eq!(serde_json::to_string(&error).unwrap(), body);
        let display = r#"HTTP 400, -780 "approval failure!" (USER_LOCKED "")"#;
        assert_eq!(error.to_string(), display);
    }
}
