//! The seam between the client and the network: one request out, one answer in.
//! Invariant: a transport sends a request at most once and says of every failure whether the
//! request can have reached KakaoPay.

use std::{error::Error, fmt, pin::Pin, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{Endpoint, Outcome, SecretKey};

/// What [`Transport::send`] gives.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;

/// Carries requests to KakaoPay. The client uses [`HttpTransport`](crate::HttpTransport) unless
/// given another; tests and simulations give one that needs no socket.
pub trait Transport: Send + Sync {
    /// Sends the request once and waits for the answer. Never sends it a second time.
    fn send(&self, request: Request) -> Sending<'_>;
}

/// A request on its way: POST to the endpoint's path with `Content-Type: application/json` and
/// `Authorization: SECRET_KEY <secret key>`.
///
/// Debug shows neither the key nor the body, which may hold a `pg_token`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// What authorizes it.
    pub secret_key: SecretKey,
    /// JSON in UTF-8.
    pub body: Bytes,
}

impl Request {
    pub(crate) fn new(endpoint: Endpoint, secret_key: SecretKey, body: Bytes) -> Self {
        Self {
            endpoint,
            secret_key,
            body,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut request = formatter.debug_struct("Request");
        request
            .field("endpoint", &self.endpoint)
            .field("body_bytes", &self.body.len());
        request.finish_non_exhaustive()
    }
}

/// The longest that an answer is taken to ask to be left alone for: ten minutes, our own bound. A
/// payment lives for fifteen, and no number from outside may silence a shop for years.
pub const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// An answer, whatever it says.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header, if it was there in seconds; as a date it counts as absent. The
    /// client takes more than [`RETRY_AFTER_MAX`] for that much.
    pub retry_after: Option<Duration>,
    /// The `Date` header: when it was made, by the clock of whoever made it, to the second.
    pub date: Option<Timestamp>,
    /// The body, as it came.
    pub body: Bytes,
}

impl Response {
    /// An answer with a body and no headers.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }
}

/// No answer came.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request cannot have reached KakaoPay: no connection, no address, no TLS.
    #[error("the request was not sent: {0}")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// The request may have reached KakaoPay: a time-out, a lost connection, an endless answer.
    #[error("the request may have been sent, and no answer came: {0}")]
    Unknown(#[source] Box<dyn Error + Send + Sync>),
}

impl TransportError {
    /// What is certain about the request.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent(_) => Outcome::NotSent,
            Self::Unknown(_) => Outcome::Unknown,
        }
    }
}
