//! What happened to a payment, each change with the payment as it stood after it.

use danpay_core::{Event, Payment, PaymentRef};

use super::{Flow, FlowError};
use crate::limits;
use crate::store::Damaged;
use crate::store::payments::Events;

/// Which part of a history is wanted.
pub(crate) struct HistoryPart {
    /// After the change of this number.
    pub(crate) after: u32,
    /// At most so many changes.
    pub(crate) most: usize,
}

/// A change, and the payment after it.
pub(crate) struct Happened {
    pub(crate) event: Event,
    pub(crate) payment: Payment,
}

/// A part of a payment's history, oldest first.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) happened: Vec<Happened>,
    /// The ids of changes in it that cannot be read.
    pub(crate) damaged: Vec<String>,
    /// If there may be more: after the change of this number.
    pub(crate) next: Option<u32>,
}

impl Flow {
    /// What happened to a payment and is `wanted`. Of a history that is pruned, what is left.
    pub(crate) async fn history(
        &self,
        reference: PaymentRef,
        HistoryPart { after, most }: HistoryPart,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<History, FlowError> {
        let mut payment = self.payment(reference).await?;
        // A change tells the cancellations that it moved, so the others are known from the beginning.
        let mut passed = if payment.cancellations.is_empty() {
            after
        } else {
            0
        };
        let mut known = Some(std::mem::take(&mut payment.cancellations));
        let mut history = History::default();
        loop {
            let read = Events {
                payment: reference,
                after: passed,
                limit: limits::EVENTS_READ,
            };
            let events = self.store.ask(read).await?;
            let is_last = events.len() < limits::EVENTS_READ as usize;
            for event in events {
                let event = match event {
                    Ok(event) => event,
                    Err(Damaged { id, .. }) => {
                        passed = passed.saturating_add(1);
                        if passed > after {
                            history.damaged.push(id);
                        }
                        continue;
                    }
                };
                if let Some(mut known) = known.take() {
                    // What was pruned before had moved what was asked for before.
                    known.retain(|cancellation| cancellation.requested_at < event.at);
                    payment.cancellations = known;
                }
                let is_wanted = event.sequence > after && wanted(&event);
                if is_wanted && history.happened.len() == most {
                    history.next = Some(passed);
                    return Ok(history);
                }
                passed = event.sequence;
                payment.follow(&event);
                if is_wanted {
                    let payment = payment.clone();
                    history.happened.push(Happened { event, payment });
                }
            }
            if is_last {
                return Ok(history);
            }
            if passed.saturating_sub(after) >= limits::EVENTS_PASSED {
                history.next = Some(passed);
                return Ok(history);
            }
        }
    }
}
