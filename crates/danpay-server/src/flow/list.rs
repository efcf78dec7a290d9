//! Payments in pages, as they are shown. However little a filter leaves, a page looks at a bounded number of
//! payments.

use danpay_core::Payment;

use super::{Flow, FlowError};
use crate::limits;
use crate::store::payments::{ListToShow, LooksUntil, Page};
use crate::store::{Damaged, Listed};

/// A part of a list, the newest first.
pub(crate) struct ListPart {
    pub(crate) payments: Vec<Listed<Payment>>,
    /// If there may be more: the id after which it goes on.
    pub(crate) next: Option<String>,
}

impl Flow {
    /// Payments as the database holds them.
    pub(crate) async fn list(&self, page: Page) -> Result<ListPart, FlowError> {
        let mut until = page.until;
        if page.passes_some_over() {
            let (page, most) = (page.clone(), limits::PAYMENTS_PASSED);
            until = self.store.ask(LooksUntil { page, most }).await?;
        }
        // One more than is shown tells whether there is a next page.
        let limit = page.limit as usize;
        let read = Page {
            limit: page.limit.saturating_add(1),
            until,
            ..page
        };
        let mut payments = self.store.ask(ListToShow(read)).await?;
        let is_full = payments.len() > limit;
        payments.truncate(limit);
        let last = payments.last().map(|last| match last {
            Ok(payment) => payment.id.to_string(),
            Err(Damaged { id, .. }) => id.clone(),
        });
        let next = if is_full {
            last
        } else {
            until.map(|id| id.to_string())
        };
        Ok(ListPart { payments, next })
    }
}
