//! The client: one method a call.
//! Invariant: one logical call has one key, whatever becomes of its attempts; what an earlier attempt left
//! in doubt stays `Unknown` unless danpay's answer settles it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::error::Kind;
use crate::http::{Http, Request};
use crate::id::segment;
use crate::list::{Follow, List, Page, Paging};
use crate::{
    ApiKey, Builder, Canceled, Error, Event, EventId, IdempotencyKey, NewCancellation, NewPayment,
    Outcome, Payment, PaymentFilter, PaymentId, Retries, Shop,
};

/// A client of danpay's API. Clones share their connections.
///
/// Every call is made again by itself as its [`Retries`] say, with the same key. If a future is dropped
/// before it is ready, its outcome is [`Unknown`](Outcome::Unknown): danpay goes on with what it was asked.
#[derive(Clone)]
pub struct Danpay(Arc<Inner>);

struct Inner {
    http: Http,
    url: Url,
    retries: Retries,
    follow: Follow,
}

impl Danpay {
    /// Begins with danpay's address and the shop's API key.
    ///
    /// ```
    /// use danpay_client::Danpay;
    ///
    /// let danpay = Danpay::builder("https://pay.shop.example", "danpay_sk_01hzy0").build()?;
    /// # Ok::<(), danpay_client::ConfigError>(())
    /// ```
    pub fn builder(url: impl Into<String>, api_key: impl Into<ApiKey>) -> Builder {
        Builder::new(url.into(), api_key.into())
    }

    pub(crate) fn new(http: Http, url: Url, retries: Retries, follow: Follow) -> Self {
        Self(Arc::new(Inner {
            http,
            url,
            retries,
            follow,
        }))
    }

    /// Which shop the API key opens, what the key may do, and whether money moves. Ask it before you sell.
    ///
    /// # Errors
    ///
    /// As the [crate's page](crate#what-each-failure-means) says. It changes nothing.
    pub async fn shop(&self) -> Result<Shop, Error> {
        self.call(self.get(&["v1", "shop"])).await
    }

    /// Makes a payment. Store its id with the order, then send the payer to its
    /// [`checkout_url`](Payment::checkout_url).
    ///
    /// With a key that has made a payment before, this answers that payment **as it stands by now**: it may
    /// be paid, or have ended.
    ///
    /// # Errors
    ///
    /// [`OrderAlreadyPaid`](crate::ProblemCode::OrderAlreadyPaid) names the payment that paid the order.
    /// [`InvalidFields`](crate::ProblemCode::InvalidFields) names each field that is wrong. After
    /// [`Unknown`](Outcome::Unknown), call again with the same key. Nothing is ever charged by this call.
    pub async fn create(&self, key: &IdempotencyKey, new: &NewPayment) -> Result<Payment, Error> {
        let request = self.post(&["v1", "payments"]);
        self.call(with_body(request, key, new)?).await
    }

    /// How a payment stands.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ProblemCode::NotFound) if the shop has no such payment. It changes nothing.
    pub async fn payment(&self, id: &PaymentId) -> Result<Payment, Error> {
        self.call(self.get(&["v1", "payments", segment(id)?])).await
    }

    /// Approves a payment that waits for it ([`approve_manually`](NewPayment::approve_manually)), when you
    /// have the goods. May be repeated.
    ///
    /// `Ok` does not yet mean paid: [`Approving`](crate::PaymentStatus::Approving) is not known yet. Keep
    /// the goods, and ask again.
    ///
    /// # Errors
    ///
    /// [`ApprovalEnded`](crate::ProblemCode::ApprovalEnded): it has ended unpaid, give the goods back.
    /// [`WrongStatus`](crate::ProblemCode::WrongStatus): the payer is not back yet.
    /// [`OrderBeingCharged`](crate::ProblemCode::OrderBeingCharged): another payment of the order is being
    /// charged. After [`Unknown`](Outcome::Unknown), call again.
    pub async fn approve(&self, id: &PaymentId) -> Result<Payment, Error> {
        let request = self.post(&["v1", "payments", segment(id)?, "approve"]);
        self.call(request).await
    }

    /// Takes back a payment that is not approved yet. It is never charged then. May be repeated.
    ///
    /// # Errors
    ///
    /// [`WrongStatus`](crate::ProblemCode::WrongStatus): too late, approval has begun or it has ended. After
    /// [`Unknown`](Outcome::Unknown), call again.
    pub async fn withdraw(&self, id: &PaymentId) -> Result<Payment, Error> {
        let request = self.post(&["v1", "payments", segment(id)?, "withdraw"]);
        self.call(request).await
    }

    /// Gives money back: all that is left, or a part. The key is one decision to refund: however often it is
    /// asked for with it, the money goes back once.
    ///
    /// `Ok` does not yet mean that it has: see [`Canceled::is_done`].
    ///
    /// # Errors
    ///
    /// [`CancelRefused`](crate::ProblemCode::CancelRefused): nothing went back by it.
    /// [`CancellationPending`](crate::ProblemCode::CancellationPending),
    /// [`ExpectedLeftDiffers`](crate::ProblemCode::ExpectedLeftDiffers),
    /// [`RefundLimit`](crate::ProblemCode::RefundLimit): nothing has happened. After
    /// [`Unknown`](Outcome::Unknown), call again **with the same key**: with a new one the money might go
    /// back twice.
    pub async fn cancel(
        &self,
        id: &PaymentId,
        key: &IdempotencyKey,
        new: &NewCancellation,
    ) -> Result<Canceled, Error> {
        let request = self.post(&["v1", "payments", segment(id)?, "cancel"]);
        self.call(with_body(request, key, new)?).await
    }

    /// Has danpay ask KakaoPay now how a payment stands, so that a cancellation on KakaoPay's partner site
    /// is found. At most once a second for a payment; sooner it tells what it knows.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ProblemCode::NotFound) if the shop has no such payment. It may be repeated.
    pub async fn recover(&self, id: &PaymentId) -> Result<Payment, Error> {
        let request = self.post(&["v1", "payments", segment(id)?, "recover"]);
        self.call(request).await
    }

    /// The shop's payments, newest first.
    pub fn payments(&self, filter: PaymentFilter) -> List<Payment> {
        let mut request = self.get(&["v1", "payments"]);
        for (name, value) in filter.into_query() {
            request.url.query_pairs_mut().append_pair(name, &value);
        }
        List::new(self.clone(), request, Paging::Cursor, None)
    }

    /// What has happened to one payment, oldest first.
    ///
    /// # Errors
    ///
    /// The id is none.
    pub fn payment_events(&self, id: &PaymentId) -> Result<List<Event>, Error> {
        let request = self.get(&["v1", "payments", segment(id)?, "events"]);
        Ok(List::new(self.clone(), request, Paging::Cursor, None))
    }

    /// What has happened to all of the shop's payments, in the order in which to handle it, up to now:
    /// from the beginning, or after the last event that you have handled.
    ///
    /// Handle each event and store its id in one transaction: that id is where you go on. If there is no such
    /// event any more ([`EventUnknown`](crate::ProblemCode::EventUnknown)), begin anew with `None`, and skip
    /// the ids that you have handled.
    pub fn events(&self, after: Option<&EventId>) -> List<Event> {
        self.feed(after, None)
    }

    /// The same without an end: danpay answers as soon as there is a further event.
    ///
    /// An error does not end it. Wait a moment and read on.
    pub fn follow_events(&self, after: Option<&EventId>) -> List<Event> {
        self.feed(after, Some(self.0.follow))
    }

    /// After which event to go on if nothing of the past is wanted; none if nothing has happened yet, which is
    /// to begin from the beginning.
    ///
    /// # Errors
    ///
    /// As the [crate's page](crate#what-each-failure-means) says. It changes nothing.
    pub async fn newest_event(&self) -> Result<Option<EventId>, Error> {
        let mut request = self.get(&["v1", "events"]);
        request.url.query_pairs_mut().append_pair("after", "latest");
        let page: Page<Event> = self.call(request).await?;
        Ok(page.next_cursor.map(EventId::from))
    }

    fn feed(&self, after: Option<&EventId>, follow: Option<Follow>) -> List<Event> {
        let request = self.get(&["v1", "events"]);
        let after = after.map(|id| id.as_str().to_owned());
        List::new(self.clone(), request, Paging::After(follow), after)
    }

    fn get(&self, path: &[&str]) -> Request {
        self.request(Method::GET, path)
    }

    fn post(&self, path: &[&str]) -> Request {
        self.request(Method::POST, path)
    }

    fn request(&self, method: Method, path: &[&str]) -> Request {
        let mut url = self.0.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Request {
            method,
            url,
            key: None,
            body: None,
        }
    }

    /// Sends a request until it is answered, or is not to be sent again.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let Inner { http, retries, .. } = &*self.0;
        let begun = Instant::now();
        let (mut attempts, mut in_doubt) = (0, false);
        loop {
            attempts += 1;
            let error = match http.send(request.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match retries.pause(&error, (attempts, begun.elapsed()), jitter()) {
                None => return Err(error.after(attempts, in_doubt)),
                Some(pause) => {
                    in_doubt |= error.outcome() == Outcome::Unknown;
                    sleep(pause).await;
                }
            }
        }
    }
}

fn with_body(
    mut request: Request,
    key: &IdempotencyKey,
    body: &impl Serialize,
) -> Result<Request, Error> {
    let body = serde_json::to_vec(body);
    let body = body.map_err(|error| Error::new(Kind::Invalid(error.to_string())))?;
    request.body = Some(Bytes::from(body));
    request.key = Some(key.clone());
    Ok(request)
}

/// Between 0 and 1. Without randomness all wait equally long.
fn jitter() -> f64 {
    let random = getrandom::u32().unwrap_or(u32::MAX);
    f64::from(random) / f64::from(u32::MAX)
}

impl fmt::Debug for Danpay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut client = formatter.debug_struct("Danpay");
        client
            .field("url", &self.0.url.as_str())
            .field("retries", &self.0.retries);
        client.finish_non_exhaustive()
    }
}
