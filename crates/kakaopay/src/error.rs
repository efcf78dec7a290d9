//! What can go wrong, and what is certain then.
//! Invariant: every failure has an [`Outcome`], and doubt is `Unknown`; no error holds a secret,
//! the text of a request or the body of an answer.

use std::{cmp::Reverse, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Endpoint, InvalidField, Proof, TransportError, classify::classify, lenient};

/// What is certain after a call failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// KakaoPay has not executed the call: it never left, or KakaoPay turned it away unread
    /// (quota). It may be sent again as it is, at the time that
    /// [`retry_after`](Error::retry_after) says.
    NotSent,
    /// KakaoPay's answer proves that this call did nothing and will do nothing. It says nothing
    /// about an earlier call for the same payment whose outcome is unknown, and need not be a no to
    /// the payment: [`proof`](Error::proof) tells a wrong key from one.
    Rejected,
    /// The call may have been executed, or may yet be. Do not send it again and do not take it
    /// for a failure: look the order up. (Of `order` itself it only means that nothing was learnt:
    /// ask again later. Of `ready` it costs nothing: what it may have announced expires unpaid.)
    Unknown,
}

/// Why a call gave no answer.
///
/// Dropping the future of a call is no error, but leaves the outcome as unknown as a time-out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request breaks a rule of KakaoPay's and was not sent.
    #[error(transparent)]
    InvalidField(#[from] InvalidField),
    /// The request could not be written as JSON and was not sent.
    #[error("{endpoint}: the request cannot be written as JSON")]
    Unwritable {
        /// The call.
        endpoint: Endpoint,
        /// What the writer said.
        source: serde_json::Error,
    },
    /// No answer came; the source says how far the request got, and why no farther.
    #[error("{endpoint}: no answer from KakaoPay: {source}")]
    Transport {
        /// The call.
        endpoint: Endpoint,
        /// How far it came.
        source: TransportError,
    },
    /// KakaoPay answered with something else than 200.
    #[error("{endpoint}: KakaoPay answered {error}")]
    Api {
        /// The call.
        endpoint: Endpoint,
        /// What KakaoPay said.
        error: Box<ApiError>,
        /// What that proves.
        outcome: Outcome,
        /// How long to wait before trying again, if KakaoPay said so.
        retry_after: Option<Duration>,
    },
    /// KakaoPay answered 200, but not with an answer to this call.
    #[error("{endpoint}: KakaoPay answered 200 with an unreadable body (at `{path}`)")]
    Unreadable {
        /// The call.
        endpoint: Endpoint,
        /// The first key that could not be read; `.` is the body as a whole.
        path: String,
    },
}

impl Error {
    /// What is certain about the call.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::InvalidField(_) | Self::Unwritable { .. } => Outcome::NotSent,
            Self::Transport { source, .. } => source.outcome(),
            Self::Api { outcome, .. } => *outcome,
            Self::Unreadable { .. } => Outcome::Unknown,
        }
    }

    /// What that proves about the payment as well: whether KakaoPay's no was meant for the call, or
    /// for the key, the merchant code or the settings of whoever made it.
    ///
    /// ```
    /// # fn decide(error: &kakaopay::Error) -> &'static str {
    /// use kakaopay::Proof;
    ///
    /// match error.proof() {
    ///     Proof::NotSent => "again, later",
    ///     Proof::Setup => "call an operator; the payment is what it was",
    ///     Proof::Refused => "no",
    ///     _ => "look the order up",
    /// }
    /// # }
    /// ```
    pub fn proof(&self) -> Proof {
        match self {
            Self::Api {
                endpoint, error, ..
            } => classify(*endpoint, error),
            _ => Proof::without_answer(self.outcome()),
        }
    }

    /// KakaoPay's own words, if it answered with an error.
    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            Self::Api { error, .. } => Some(error),
            _ => None,
        }
    }

    /// How long KakaoPay wants to be left alone, if it said so; never more than
    /// [`RETRY_AFTER_MAX`](crate::RETRY_AFTER_MAX).
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

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
    pub extras: Option<Extras>,
}

/// What the bank or card company said.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Extras {
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
        if let Some(Extras {
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
