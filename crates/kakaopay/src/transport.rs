//! The seam between the client and the network: one request out, one answer in.
//! Invariant: a transport sends a request at most once and says of every failure whether the
//! request can have reached KakaoPay.

use std::{error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{ApiEndpoint, BaseUrl, Outcome, SecretKey};

/// What [`Transport::send`] gives.
pub type TransportFuture<'a> =
    Pin<Box<dyn Future<Output = Result<TransportResponse, TransportError>> + Send + 'a>>;

/// Carries requests to KakaoPay. The client uses HTTPS unless
/// [given another](crate::KakaoPayBuilder::transport); tests and simulations give one that needs no
/// socket.
///
/// ```
/// use kakaopay::{
///     KakaoPay, OrderRequest, Outcome, Tid, Transport, TransportFuture, TransportRequest,
///     TransportResponse,
/// };
///
/// /// KakaoPay is under maintenance.
/// struct Maintenance;
///
/// impl Transport for Maintenance {
///     fn send(&self, _: TransportRequest) -> TransportFuture<'_> {
///         Box::pin(async { Ok(TransportResponse::new(503, r#"{"error_code":-503}"#)) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let kakaopay = KakaoPay::builder("DEV_KEY").transport(Maintenance).build()?;
/// let request = OrderRequest::new(Tid::issued("T1234567890123456789"));
/// let error = kakaopay.order(&request).await.unwrap_err();
/// assert_eq!(error.outcome(), Outcome::Unknown);
/// # Ok(())
/// # }
/// ```
pub trait Transport: Send + Sync {
    /// Sends the request once and waits for the answer. Never sends it a second time.
    ///
    /// # Errors
    ///
    /// [`TransportError`]: in doubt `Unknown`, since `NotSent` is taken for a proof.
    fn send(&self, request: TransportRequest) -> TransportFuture<'_>;

    /// Where it sends to, if it knows. The client then takes this in the place of its own
    /// [`base_url`](crate::KakaoPayBuilder::base_url): it decides which pages a payer may be sent to.
    fn base_url(&self) -> Option<&BaseUrl> {
        None
    }

    /// After how long it gives up waiting for an answer, if it does. `None` counts as 15 s:
    /// [`call_may_last`](crate::KakaoPay::call_may_last) is made of it.
    fn timeout(&self) -> Option<Duration> {
        None
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: TransportRequest) -> TransportFuture<'_> {
        (**self).send(request)
    }

    fn base_url(&self) -> Option<&BaseUrl> {
        (**self).base_url()
    }

    fn timeout(&self) -> Option<Duration> {
        (**self).timeout()
    }
}

/// A request on its way: POST to the endpoint's path with `Content-Type: application/json` and
/// `Authorization: SECRET_KEY <secret key>`.
///
/// Debug shows neither the key nor the body, which may hold a `pg_token`.
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportRequest {
    /// Where it goes.
    pub endpoint: ApiEndpoint,
    /// What authorizes it.
    pub secret_key: SecretKey,
    /// JSON in UTF-8.
    pub body: Bytes,
}

impl TransportRequest {
    pub(crate) fn new(endpoint: ApiEndpoint, secret_key: SecretKey, body: Bytes) -> Self {
        Self {
            endpoint,
            secret_key,
            body,
        }
    }
}

impl fmt::Debug for TransportRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut request = formatter.debug_struct("TransportRequest");
        request
            .field("endpoint", &self.endpoint)
            .field("body_bytes", &self.body.len());
        request.finish_non_exhaustive()
    }
}

/// The longest wait that is taken from an answer: ten minutes, our own bound. A payment lives for
/// fifteen, and no number from outside may silence a shop for years.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// An answer, whatever it says.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransportResponse {
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

impl TransportResponse {
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
#[non_exhaustive]
pub enum TransportError {
    /// The request cannot have reached KakaoPay: no connection, no address, no TLS.
    #[error("the request was not sent: {0}")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// The request may have reached KakaoPay: a time-out, a lost connection, an endless answer.
    #[error("no answer came; the request may have been sent: {0}")]
    Unknown(#[source] Box<dyn Error + Send + Sync>),
}

impl TransportError {
    /// What is certain about the call.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent(_) => Outcome::NotExecuted,
            Self::Unknown(_) => Outcome::Unknown,
        }
    }
}
