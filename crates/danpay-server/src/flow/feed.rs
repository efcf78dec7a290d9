//! What a shop is told of all its payments, in the order of positions, each event with the payment as
//! it stood after it.

use std::time::Duration;

use danpay_core::{EventId, PaymentRef, ShopId};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::history::{Happened, HistoryPart};
use super::{Flow, FlowError};
use crate::limits;
use crate::store::positions::{NewestEvent, OfPayment, ShopsEvents};
use crate::store::webhooks::ChangeOf;
use crate::store::{Damaged, StoreError};

/// What somebody who follows a shop asks for.
pub(crate) enum Asked {
    /// Where to go on if nothing of the past is wanted.
    Latest(ShopId),
    /// What comes next.
    Events(ShopsEvents),
}

/// How long there may be nothing to tell before that is the answer.
pub(crate) struct Wait<'a> {
    pub(crate) at_most: Duration,
    /// Ends it at once.
    pub(crate) ending: &'a CancellationToken,
}

/// A part of what a shop is told, oldest first.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) happened: Vec<Happened>,
    /// The ids of events in it that cannot be read.
    pub(crate) damaged: Vec<String>,
    /// Its last event, after which it goes on.
    pub(crate) last: Option<String>,
}

impl Feed {
    pub(crate) fn is_empty(&self) -> bool {
        self.happened.is_empty() && self.damaged.is_empty()
    }
}

impl Flow {
    /// The change of this number, with its payment as it stood then; none, if it is pruned.
    pub(crate) async fn happened(
        &self,
        payment: PaymentRef,
        sequence: u32,
    ) -> Result<Option<Happened>, FlowError> {
        let Some(event) = self.store.ask(ChangeOf { payment, sequence }).await? else {
            return Ok(None);
        };
        let (payment, id) = (self.payment(payment).await?, event.id);
        let happened = self.as_it_stood(OfPayment { event, payment }, id).await?;
        // A replica has it in a moment.
        let later = || StoreError::Unavailable("a replica has not the event yet".to_owned());
        Ok(Some(happened.ok_or_else(later)?))
    }

    /// What a shop is told next, as soon as there is something, or nothing after that time.
    pub(crate) async fn feed(&self, asked: Asked, wait: Wait<'_>) -> Result<Feed, FlowError> {
        let events = match asked {
            Asked::Latest(shop_id) => {
                let newest = self.newest_event(shop_id).await?;
                return Ok(Feed {
                    last: newest.map(|id| id.to_string()),
                    ..Feed::default()
                });
            }
            Asked::Events(events) => events,
        };
        let over = Instant::now() + wait.at_most;
        // Before the first look, so that nothing happens between the two.
        let is_waiting = !wait.at_most.is_zero();
        let follower = is_waiting.then(|| self.followers.wait(events.shop_id));
        let Some(mut follower) = follower.flatten() else {
            return self.next_events(events).await;
        };
        loop {
            let feed = self.next_events(events.clone()).await?;
            if !feed.is_empty() {
                return Ok(feed);
            }
            tokio::select! {
                biased;
                () = wait.ending.cancelled() => return Ok(feed),
                () = sleep_until(over) => return Ok(feed),
                () = follower.woken() => {}
                () = sleep(limits::FOLLOWER_LOOKS) => {}
            }
        }
    }

    /// The last of what a shop has been told.
    pub(crate) async fn newest_event(&self, shop_id: ShopId) -> Result<Option<EventId>, FlowError> {
        Ok(self.store.ask(NewestEvent(shop_id)).await?)
    }

    async fn next_events(&self, asked: ShopsEvents) -> Result<Feed, FlowError> {
        let after = asked.after.map(|id| id.to_string());
        let events = self.store.ask(asked).await?;
        let mut feed = Feed {
            last: after,
            ..Feed::default()
        };
        for event in events.ok_or(FlowError::NoSuchEvent)? {
            let id = match event {
                Err(Damaged { id, .. }) => {
                    feed.damaged.push(id.clone());
                    id
                }
                Ok(event) => {
                    let id = event.event.id;
                    // A replica may not have it yet: the page ends here.
                    let Some(happened) = self.as_it_stood(event, id).await? else {
                        break;
                    };
                    feed.happened.push(happened);
                    id.to_string()
                }
            };
            feed.last = Some(id);
        }
        Ok(feed)
    }

    async fn as_it_stood(
        &self,
        OfPayment { event, mut payment }: OfPayment,
        id: EventId,
    ) -> Result<Option<Happened>, FlowError> {
        if payment.cancellations.is_empty() {
            payment.follow(&event);
            return Ok(Some(Happened { event, payment }));
        }
        // How its cancellations stood then, only its history tells.
        let part = HistoryPart {
            after: event.sequence.saturating_sub(1),
            most: 1,
        };
        let history = self
            .history(payment.reference(), part, |event| event.id == id)
            .await?;
        Ok(history.happened.into_iter().next())
    }
}
