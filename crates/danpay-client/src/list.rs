//! Lists, read page by page as they are needed.
//! Invariant: after an error the same page is asked for again, so nothing is passed over.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::Request;
use crate::{Danpay, Error};

/// As many as danpay gives at once.
const PAGE: u32 = 100;

/// As long as danpay waits for an event.
const FOLLOW_WAIT: Duration = Duration::from_secs(20);
/// For the answer's way.
const FOLLOW_SPARE: Duration = Duration::from_secs(5);
const WAITED_PAUSE: Duration = Duration::from_millis(500);
/// Where the time for a call is too short to wait in it.
const PAUSE: Duration = Duration::from_secs(3);

/// What danpay lists, as a [`Stream`]. Pages are asked for as they are needed.
///
/// Without a crate for streams, [`next`](Self::next) and [`all`](Self::all) do:
///
/// ```no_run
/// # async fn example(danpay: danpay_client::Danpay) -> Result<(), danpay_client::Error> {
/// use danpay_client::PaymentFilter;
///
/// let mut payments = danpay.payments(PaymentFilter::new().user_id("member-42"));
/// while let Some(payment) = payments.next().await.transpose()? {
///     println!("{} {}", payment.order_id, payment.status);
/// }
/// # Ok(())
/// # }
/// ```
///
/// An error does not end a list: whoever asks on gets the same page.
#[must_use = "nothing is asked for until it is read"]
pub struct List<T> {
    danpay: Danpay,
    request: Request,
    paging: Paging,
    limit: u32,
    cursor: Option<String>,
    items: VecDeque<T>,
    damaged: Vec<String>,
    ended: bool,
    asking: Option<Asking<T>>,
}

type Asking<T> = Pin<Box<dyn Future<Output = Result<Page<T>, Error>> + Send>>;

/// How pages follow one another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Paging {
    /// The next page is `cursor`; `null` says that there is none.
    Cursor,
    /// The next page comes `after`, and one that is empty is the last for now; it is asked for again if it is to
    /// be followed.
    After(Option<Follow>),
}

/// How a list without an end is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follow {
    /// How long danpay may wait for what comes next.
    pub(crate) wait: Duration,
    /// After an empty page: danpay does not wait while it stops, or while many others wait.
    pub(crate) pause: Duration,
}

impl Follow {
    /// Whose calls are given up after so long: an answer has to have come by then.
    pub(crate) fn within(call: Duration) -> Self {
        let wait = call.saturating_sub(FOLLOW_SPARE).min(FOLLOW_WAIT);
        let waits = wait.as_secs() > 0;
        let pause = if waits { WAITED_PAUSE } else { PAUSE };
        Self { wait, pause }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    data: Vec<T>,
    pub(crate) next_cursor: Option<String>,
    #[serde(default = "Vec::new")]
    damaged: Vec<String>,
}

impl<T: DeserializeOwned + Send + Unpin + 'static> List<T> {
    pub(crate) fn new(
        danpay: Danpay,
        request: Request,
        paging: Paging,
        cursor: Option<String>,
    ) -> Self {
        Self {
            danpay,
            request,
            paging,
            limit: PAGE,
            cursor,
            items: VecDeque::new(),
            damaged: Vec::new(),
            ended: false,
            asking: None,
        }
    }

    /// How many are asked for at once, 1 to 100; 100 if it is not set.
    pub fn page_size(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// The next one; `None` at the end.
    ///
    /// # Errors
    ///
    /// The next page could not be read; asked again, this asks for it again.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All of them, to the end.
    ///
    /// # Errors
    ///
    /// A page could not be read.
    pub async fn all(&mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(one) = self.next().await.transpose()? {
            all.push(one);
        }
        Ok(all)
    }

    /// The ids of what belongs here and could not be read so far, since its row in danpay's database is
    /// damaged: tell danpay's operator.
    pub fn damaged(&self) -> &[String] {
        &self.damaged
    }

    fn ask(&self) -> Asking<T> {
        let mut request = self.request.clone();
        let mut pairs = request.url.query_pairs_mut();
        pairs.append_pair("limit", &self.limit.to_string());
        let (name, follow) = match self.paging {
            Paging::Cursor => ("cursor", None),
            Paging::After(follow) => ("after", follow),
        };
        if let Some(Follow { wait, .. }) = follow {
            pairs.append_pair("wait", &wait.as_secs().to_string());
        }
        let pause = follow.filter(|_| self.ended).map(|follow| follow.pause);
        if let Some(cursor) = &self.cursor {
            pairs.append_pair(name, cursor);
        }
        drop(pairs);
        let danpay = self.danpay.clone();
        Box::pin(async move {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            danpay.call(request).await
        })
    }

    fn take(&mut self, page: Page<T>) {
        self.ended = match self.paging {
            Paging::Cursor => page.next_cursor.is_none(),
            Paging::After(_) => page.data.is_empty(),
        };
        self.items = page.data.into();
        self.damaged.extend(page.damaged);
        if page.next_cursor.is_some() {
            self.cursor = page.next_cursor;
        }
    }

    fn is_over(&self) -> bool {
        self.ended && !matches!(self.paging, Paging::After(Some(_)))
    }
}

impl<T: DeserializeOwned + Send + Unpin + 'static> Stream for List<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(one) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(one)));
            }
            let mut asking = match self.asking.take() {
                Some(asking) => asking,
                None if self.is_over() => return Poll::Ready(None),
                None => self.ask(),
            };
            let Poll::Ready(page) = asking.as_mut().poll(context) else {
                self.asking = Some(asking);
                return Poll::Pending;
            };
            match page {
                Ok(page) => self.take(page),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = formatter.debug_struct("List");
        list.field("path", &self.request.url.path())
            .field("cursor", &self.cursor)
            .field("ended", &self.ended);
        list.finish_non_exhaustive()
    }
}
