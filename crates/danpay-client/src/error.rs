//! Why a call did not succeed, and what is certain then.
//! Invariant: doubt is `Unknown`; no error holds the API key or a body that was sent.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::{Problem, ProblemCode};

/// What is certain after a call has failed, all of its retries included.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// danpay has not received the request: **nothing has happened.** Correct what is wrong, or make the same
    /// call later with the same key.
    NotSent,
    /// danpay has refused: **this call has done nothing.** [`Error::code`] says why, and what
    /// to do.
    Refused,
    /// No answer settles it: **it may have happened, or may still happen.** Make the same call again with the
    /// same key, or read the payment. Never use a new key.
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotSent => "not sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        })
    }
}

/// Why a call did not succeed.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    outcome: Outcome,
    attempts: u32,
    retry_after: Option<Duration>,
}

/// How far the last attempt came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{0}")]
    Invalid(String),
    #[error("danpay cannot be reached")]
    NoConnection(#[source] Box<dyn StdError + Send + Sync>),
    #[error("danpay's answer did not come")]
    NoAnswer(#[source] Box<dyn StdError + Send + Sync>),
    #[error("{0}")]
    Problem(Box<Problem>),
    #[error("HTTP {status}, but not an answer of danpay; check proxies and the address")]
    Foreign { status: u16 },
    #[error("danpay's answer (HTTP {status}) cannot be read, at `{path}`")]
    Unreadable { status: u16, path: String },
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        let outcome = match &kind {
            Kind::Invalid(_) | Kind::NoConnection(_) => Outcome::NotSent,
            Kind::Problem(problem) => problem.outcome(),
            Kind::NoAnswer(_) | Kind::Foreign { .. } | Kind::Unreadable { .. } => Outcome::Unknown,
        };
        Self(Box::new(Inner {
            kind,
            outcome,
            attempts: 0,
            retry_after: None,
        }))
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// After so many attempts, of which earlier ones may have left it in doubt.
    pub(crate) fn after(mut self, attempts: u32, in_doubt: bool) -> Self {
        self.0.attempts = attempts;
        let settles = self.problem().is_some_and(Problem::settles);
        if in_doubt && !settles {
            self.0.outcome = Outcome::Unknown;
        }
        self
    }

    /// What is certain.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// danpay's own words, if it has answered.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.0.kind {
            Kind::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// danpay's code, if it has answered.
    pub fn code(&self) -> Option<&ProblemCode> {
        self.problem().map(|problem| &problem.code)
    }

    /// The HTTP status of the last answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.0.kind {
            Kind::Problem(problem) => Some(problem.status),
            Kind::Foreign { status } | Kind::Unreadable { status, .. } => Some(*status),
            Kind::Invalid(_) | Kind::NoConnection(_) | Kind::NoAnswer(_) => None,
        }
    }

    /// Whether the same call with the same key may succeed later. The client has already tried as often as
    /// its [`Retries`](crate::Retries) allow.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            Kind::Invalid(_) | Kind::Unreadable { .. } => false,
            Kind::NoConnection(_) | Kind::NoAnswer(_) => true,
            Kind::Problem(problem) => problem.passes(),
            Kind::Foreign { status } => matches!(status, 408 | 429 | 500..),
        }
    }

    /// danpay's `Retry-After`, if it sent one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(formatter)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.kind.source()
    }
}
