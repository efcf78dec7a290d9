//! What a shop is told of all its payments, in the order of positions, each event with the payment as
//! it stood after it.

use danpay_core::{EventId, PaymentRef};

use super::history::{Happened, HistoryPart};
use super::{Flow, FlowError};
use crate::store::positions::{OfPayment, ShopsEvents};
use crate::store::webhooks::ChangeOf;
use crate::store::{Damaged, StoreError};

/// A part of what a shop is told, oldest first.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) happened: Vec<Happened>,
    /// The ids of events in it that cannot be read.
    pub(crate) damaged: Vec<String>,
    /// Its last event, after which it goes on.
    pub(crate) last: Option<String>,
}

impl Flow {
    /// The change of this number, with its payment as it stood then; none, if it is pruned.
    pub(crate) async fn happened(
        &self,
        payment: PaymentRef,
        sequence: u32,
    ) -> Result<Option<Happened>, FlowError> {
        let event = match self.store.ask(ChangeOf { payment, sequence }).await? {
            None => return Ok(None),
            Some(Ok(event)) => event,
            Some(Err(Damaged { id, problem })) => {
                let (table, row) = ("events", id);
                return Err(StoreError::Corrupt {
                    table,
                    row,
                    problem,
                }
                .into());
            }
        };
        let (payment, id) = (self.payment(payment).await?, event.id);
        let happened = self.as_it_stood(OfPayment { event, payment }, id).await?;
        // A replica has it in a moment.
        let later = || StoreError::Unavailable("a replica has not the event yet".to_owned());
        Ok(Some(happened.ok_or_else(later)?))
    }

    /// What a shop is told next.
    pub(crate) async fn feed(&self, asked: ShopsEvents) -> Result<Feed, FlowError> {
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
