//! One attempt to deliver, and what the receiver said.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a receiver said, or why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered.
    Status {
        /// Of HTTP.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<SignedDuration>,
        /// The beginning of what it said, at most 1 KiB.
        body: String,
    },
    /// It did not, or was not asked.
    None {
        /// Why, in a few words: without an address, a header or a secret.
        problem: String,
    },
}

/// Any receiver's way to say that it wants nothing more.
const GONE: u16 = 410;

impl Answer {
    /// Only a 2xx says that it has arrived.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Status { status, .. } if (200..300).contains(status))
    }

    /// Whether the endpoint is gone for good.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status { status: GONE, .. })
    }

    pub(super) fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::None { .. } => None,
        }
    }
}

/// What is kept of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began, UTC.
    pub at: Timestamp,
    /// How long the exchange took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The beginning of the answer, at most 1 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether somebody asked for it: such a one counts for nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_resend: bool,
}

impl Attempt {
    /// Of an answer.
    #[must_use]
    pub fn of(answer: Answer, at: Timestamp, duration_ms: u64, is_resend: bool) -> Self {
        let (status, body, problem) = match answer {
            Answer::Status { status, body, .. } => (Some(status), Some(body), None),
            Answer::None { problem } => (None, None, Some(problem)),
        };
        Self {
            at,
            duration_ms,
            status,
            body: body.filter(|body| !body.is_empty()),
            problem,
            is_resend,
        }
    }
}
