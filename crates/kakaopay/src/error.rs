//! What can go wrong with a call.
//! Invariant: every failure has an [`Outcome`]; no error shows a secret, the text of a request or the
//! body of an answer.

use std::time::Duration;

use crate::{
    ApiEndpoint, ApiError, Contradiction, ErrorClass, InvalidField, Outcome, Proof, TransportError,
    classify::classify, error_code::describe,
};

/// Why a call did not succeed.
///
/// Dropping the future of a call is no error, but leaves the outcome as unknown as a time-out.
///
/// ```
/// # fn decide(error: &kakaopay::Error) -> &'static str {
/// use kakaopay::Outcome;
///
/// match error.outcome() {
///     Outcome::NotExecuted if error.is_retryable() => "send it again, after error.retry_after()",
///     Outcome::NotExecuted => "put the request right",
///     Outcome::Rejected => "this call did nothing: error.proof() says why",
///     Outcome::Unknown => "look the order up",
/// }
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request breaks a rule of KakaoPay's and did not leave this machine.
    #[error(transparent)]
    InvalidField(#[from] InvalidField),
    /// The request could not be written as JSON and did not leave this machine.
    #[error("{endpoint}: the request cannot be written as JSON: {source}")]
    Unwritable {
        /// The call.
        endpoint: ApiEndpoint,
        /// What the writer said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer came; the source says how far the request got, and why no farther.
    #[error("{endpoint}: no answer from KakaoPay: {source}")]
    Transport {
        /// The call.
        endpoint: ApiEndpoint,
        /// How far it came.
        source: TransportError,
    },
    /// KakaoPay answered with something else than 200.
    #[error("{endpoint}: KakaoPay answered {error}")]
    Api {
        /// The call.
        endpoint: ApiEndpoint,
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
        endpoint: ApiEndpoint,
        /// The first key that could not be read; `.` is the body as a whole.
        path: String,
    },
    /// KakaoPay answered 200, but about something else than was asked.
    #[error("{endpoint}: KakaoPay's answer has another `{}` than was asked for", contradiction.field())]
    Contradiction {
        /// The call.
        endpoint: ApiEndpoint,
        /// What differs, and the answer.
        contradiction: Contradiction,
    },
}

impl Error {
    /// What is certain about the call.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::InvalidField(_) | Self::Unwritable { .. } => Outcome::NotExecuted,
            Self::Transport { source, .. } => source.outcome(),
            Self::Api { outcome, .. } => *outcome,
            Self::Unreadable { .. } | Self::Contradiction { .. } => Outcome::Unknown,
        }
    }

    /// Whether the same request may be sent again as it is, at the time that
    /// [`retry_after`](Self::retry_after) says or after a pause of your own: KakaoPay was not reached,
    /// or turned the call away for its quota. Always after `order` without an answer, which has no
    /// effect. Never for an invalid field, which stays invalid.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::InvalidField(_) | Self::Unwritable { .. } => false,
            Self::Transport { endpoint, .. }
            | Self::Api { endpoint, .. }
            | Self::Unreadable { endpoint, .. }
            | Self::Contradiction { endpoint, .. } => match self.outcome() {
                Outcome::NotExecuted => true,
                Outcome::Rejected => false,
                Outcome::Unknown => *endpoint == ApiEndpoint::Order,
            },
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
    ///     Proof::NotExecuted => "again later, if error.is_retryable()",
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

    /// What to make of KakaoPay's code, if it answered with a documented one. The code alone decides
    /// nothing: [`proof`](Self::proof) knows the HTTP status as well.
    pub fn class(&self) -> Option<ErrorClass> {
        let code = self.api_error()?.error_code?;
        describe(code).map(|info| info.class)
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
