//! The client: one method a call.
//! Invariant: each call checks its request, sends it exactly once and turns whatever comes back
//! into an answer or an [`Error`] that says what is certain. It keeps no state between calls.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    ApiError, ApproveRequest, ApproveResponse, BaseUrl, CancelRequest, CancelResponse, Cid,
    CidSecret, Error, FieldProblem, InvalidField, KakaoPayBuilder, OrderRequest, OrderResponse,
    RETRY_AFTER_MAX, ReadyRequest, ReadyResponse, SecretKey, Transport, TransportRequest,
    TransportResponse, call::Call, classify::classify,
};

/// How long KakaoPay may work at a call that reached it at the last moment: its own 11 s, and slack.
const TAKES_EFFECT_WITHIN: Duration = Duration::from_secs(15);

/// A client of KakaoPay's online payment API. Clones share their connections.
///
/// Requests that name no merchant code get the client's, and its `cid_secret`; one client can
/// serve several merchant codes. Nothing is ever retried.
#[derive(Clone)]
pub struct KakaoPay(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) secret_key: SecretKey,
    pub(crate) cid: Cid,
    pub(crate) cid_secret: Option<CidSecret>,
    pub(crate) base_url: BaseUrl,
    pub(crate) timeout: Duration,
}

impl KakaoPay {
    /// Begins with the secret key of KakaoPay's developer centre.
    pub fn builder(secret_key: impl Into<String>) -> KakaoPayBuilder {
        KakaoPayBuilder::new(secret_key.into())
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Announces a payment. Store the answer's TID with the order, then send the payer to its
    /// [`redirect_url`](ReadyResponse::redirect_url). No money moves.
    ///
    /// # Errors
    ///
    /// Whatever the outcome, nothing is paid: the order may be announced anew, under a new TID.
    pub async fn ready(&self, request: &ReadyRequest) -> Result<ReadyResponse, Error> {
        self.call(request).await
    }

    /// Takes the money. Call it once, when the payer comes back with a `pg_token`; `Ok` means that the
    /// payment was made as asked: this TID, this order, this amount. (The amount is compared only if the
    /// request names its [`total_amount`](ApproveRequest::total_amount).)
    ///
    /// A reload, a second tab or a stranger may open the approval URL again. Check and mark the order in
    /// one step before the call, so that one caller alone gets here.
    ///
    /// **Do not let this future be dropped.** Web frameworks drop a handler's future when the browser
    /// closes the connection, and then nobody hears that KakaoPay took the money. Run the call in a task
    /// of its own, and write down its outcome there:
    ///
    /// ```
    /// # use kakaopay::{ApproveRequest, ApproveResponse, Error, KakaoPay};
    /// # async fn returned(kakaopay: &KakaoPay, request: ApproveRequest) -> Option<Result<ApproveResponse, Error>> {
    /// let kakaopay = kakaopay.clone();
    /// let task = tokio::spawn(async move {
    ///     let result = kakaopay.approve(&request).await;
    ///     // Write the outcome into your books here, not after the task.
    ///     result
    /// });
    /// task.await.ok()
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::outcome`] says what is certain. If it is [`Unknown`](crate::Outcome::Unknown), the money
    /// may have moved: do not call again, look the order up ([`settling`](crate::settling)). If it is
    /// [`Rejected`](crate::Outcome::Rejected), this call took nothing, but the payment may be alive:
    /// [what a refused approve means](crate::settling#what-a-refused-approve-means).
    pub async fn approve(&self, request: &ApproveRequest) -> Result<ApproveResponse, Error> {
        self.call(request).await
    }

    /// Looks a payment up. It has no effect and may be repeated.
    ///
    /// # Errors
    ///
    /// Any error only means that nothing was learnt: it says nothing about the payment.
    pub async fn order(&self, request: &OrderRequest) -> Result<OrderResponse, Error> {
        self.call(request).await
    }

    /// Gives money back; `Ok` means that this amount of this payment went back. (If KakaoPay's answer
    /// does not tell the amount, there is nothing to compare.) Give every request a
    /// [`payload`](CancelRequest::payload) and its
    /// [`cancel_available_amount`](CancelRequest::cancel_available_amount): without them, a lost answer
    /// is hard to settle.
    ///
    /// **Do not let this future be dropped**: run it in a task of its own, as
    /// [`approve`](Self::approve) shows.
    ///
    /// # Errors
    ///
    /// [`Error::outcome`] says what is certain. If it is [`Unknown`](crate::Outcome::Unknown), the money
    /// may have gone back: look the order up instead of calling again
    /// ([`settling`](crate::settling)).
    pub async fn cancel(&self, request: &CancelRequest) -> Result<CancelResponse, Error> {
        self.call(request).await
    }

    /// The address to send a payer to, if it is one of KakaoPay's own. Call it on every redirect URL; if
    /// it gives nothing, do not redirect, raise an alarm. Store and send what it gives.
    ///
    /// KakaoPay's own are https and a host under `kakaopay.com`, or the host of the base URL (a
    /// sandbox). The address is parsed and written anew: visible ASCII alone, without line breaks, tabs
    /// or backslashes, and at most 2,000 characters (our own bound).
    ///
    /// ```
    /// let kakaopay = kakaopay::KakaoPay::builder("DEV_KEY").build()?;
    /// let address = kakaopay.payer_address("https://online-pay.kakaopay.com\\pay\r\n?a=\\b");
    /// assert_eq!(address.as_deref(), Some("https://online-pay.kakaopay.com/pay?a=%5Cb"));
    /// assert_eq!(kakaopay.payer_address("https://kakaopay.example/pay"), None);
    /// # Ok::<(), kakaopay::ConfigError>(())
    /// ```
    pub fn payer_address(&self, address: &str) -> Option<String> {
        self.0.base_url.payer_address(address)
    }

    /// How long after its start a call to approve or cancel may still take effect, if its answer was lost:
    /// this client's time-out, 11 s that KakaoPay gives itself (second-hand), and 4 s to spare; 30 s unless
    /// [`timeout`](KakaoPayBuilder::timeout) says otherwise. "Not paid" is final only from a lookup that was
    /// sent after that: see [settling](crate::settling).
    ///
    /// ```
    /// # use std::time::Duration;
    /// let kakaopay = kakaopay::KakaoPay::builder("PRD_KEY").build()?;
    /// assert_eq!(kakaopay.call_may_last(), Duration::from_secs(30));
    /// # Ok::<(), kakaopay::ConfigError>(())
    /// ```
    pub fn call_may_last(&self) -> Duration {
        self.0.timeout.saturating_add(TAKES_EFFECT_WITHIN)
    }

    /// The same client over another transport, made of its own: to look at what is sent and what comes
    /// back, beside what the calls give. In a test it can lose answers as well. The base URL stays this
    /// client's, whatever the new transport says of its own.
    #[must_use]
    pub fn map_transport<T: Transport + 'static>(
        &self,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T,
    ) -> Self {
        let Inner {
            transport,
            secret_key,
            cid,
            cid_secret,
            base_url,
            timeout,
        } = &*self.0;
        Self::new(Inner {
            transport: Arc::new(wrap(Arc::clone(transport))),
            secret_key: secret_key.clone(),
            cid: cid.clone(),
            cid_secret: cid_secret.clone(),
            base_url: base_url.clone(),
            timeout: *timeout,
        })
    }

    async fn call<C: Call>(&self, request: &C) -> Result<C::Answer, Error> {
        #[cfg(feature = "tracing")]
        let began_at = std::time::Instant::now();
        let result = self.exchange(request).await;
        #[cfg(feature = "tracing")]
        crate::trace::called(C::ENDPOINT, began_at.elapsed(), result.as_ref().err());
        result
    }

    async fn exchange<C: Call>(&self, request: &C) -> Result<C::Answer, Error> {
        let endpoint = C::ENDPOINT;
        request.check()?;
        let mut request = request.clone();
        self.fill_in(&mut request)?;
        let body = serde_json::to_vec(&request).map_err(|source| Error::Unwritable {
            endpoint,
            source: source.into(),
        })?;
        let sent = TransportRequest::new(endpoint, self.0.secret_key.clone(), body.into());
        let answer = self.0.transport.send(sent).await;
        let answer = answer.map_err(|source| Error::Transport { endpoint, source })?;
        if answer.status != 200 {
            return Err(self.refusal(&mut request, &answer));
        }
        let held = request.held_against(read::<C>(&answer)?);
        held.map_err(|contradiction| Error::Contradiction {
            endpoint,
            contradiction,
        })
    }

    /// A `cid_secret` belongs to one merchant code, so the client's goes with no other.
    fn fill_in<C: Call>(&self, request: &mut C) -> Result<(), InvalidField> {
        let (cid, cid_secret) = request.merchant();
        let cid = cid.get_or_insert_with(|| self.0.cid.clone());
        if cid_secret.is_none() && *cid == self.0.cid {
            cid_secret.clone_from(&self.0.cid_secret);
        }
        if self.0.base_url.is_open() && !cid.is_test() {
            return Err(InvalidField::new("cid", FieldProblem::RealOverHttp));
        }
        Ok(())
    }

    fn refusal<C: Call>(&self, request: &mut C, answer: &TransportResponse) -> Error {
        let cid_secret = request.merchant().1.clone();
        let mut secrets = request.secrets();
        secrets.push(self.0.secret_key.expose());
        secrets.extend(cid_secret.as_ref().map(CidSecret::expose));
        let error = ApiError::from_answer(answer.status, &answer.body, &secrets);
        Error::Api {
            endpoint: C::ENDPOINT,
            outcome: classify(C::ENDPOINT, &error).outcome(),
            error: Box::new(error),
            retry_after: answer.retry_after.map(|wait| wait.min(RETRY_AFTER_MAX)),
        }
    }
}

/// The decoder's own message may quote the answer, so that only the place is kept. To find it costs
/// as much again as to read the answer, so it is looked for only in one that cannot be read.
fn read<C: Call>(answer: &TransportResponse) -> Result<C::Answer, Error> {
    serde_json::from_slice(&answer.body).map_err(|_| Error::Unreadable {
        endpoint: C::ENDPOINT,
        path: unreadable_at::<C>(&answer.body),
    })
}

fn unreadable_at<C: Call>(body: &[u8]) -> String {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, C::Answer>(&mut json) {
        Err(error) => error.path().to_string(),
        // It is the end that should not be there.
        Ok(_) => ".".to_owned(),
    }
}

impl fmt::Debug for KakaoPay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut client = formatter.debug_struct("KakaoPay");
        client
            .field("cid", &self.0.cid)
            .field("base_url", &self.0.base_url.to_string());
        client.finish_non_exhaustive()
    }
}
