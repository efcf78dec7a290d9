//! What went back, or is on its way, by days in Korea.

use danpay_core::{Change, Obstacle, RefundDay, Refunded, Won, planted};
use jiff::civil::Date;

use super::rows::Parameter;
use super::written::{self, Written};
use super::{OnPostgres, Postgres, borrowed, queries, uuid};
use crate::store::StoreError;
use crate::store::payments::Idempotency;
use crate::store::server::PruneRefundDays;

/// Commits a refund, or one that has failed, with what it makes of its day's sum.
pub(super) async fn commit(
    books: &Postgres,
    change: Box<Change>,
    record: Option<Idempotency>,
) -> Result<(), StoreError> {
    if planted!(RefundLimitOnlyRead)
        && let Some(met) = obstacle(books, &change).await?
    {
        return Err(StoreError::Obstacle(met));
    }
    let written = Written::new(change, record)?;
    let mut values = written::changed(&[&written]);
    let change = written.change();
    let query = match change.refund_day {
        RefundDay::Count { day, amount, most } => {
            values.extend(counted(change, (day, amount), most));
            &queries::REFUND
        }
        RefundDay::GiveBack { day, amount } => {
            values.extend(given_back(day, amount));
            &queries::GIVE_REFUND_BACK
        }
        RefundDay::Keep => &queries::COMMIT,
    };
    let written = books.rows(query, &borrowed(&values)).await?;
    if !written.is_empty() {
        return Ok(());
    }
    let met = obstacle(books, change).await?;
    Err(met.map_or(StoreError::Conflict, StoreError::Obstacle))
}

/// The further parameters of `REFUND`: the day, how much, what may go back at most, and whether a call
/// follows.
fn counted(
    change: &Change,
    (day, amount): (Date, Won),
    most: Option<Won>,
) -> [Parameter<'static>; 4] {
    let most = most.filter(|_| !planted!(RefundLimitOnlyRead));
    [
        Box::new(day.to_string()),
        Box::new(amount.get()),
        Box::new(most.map(Won::get)),
        Box::new(change.needs_whole_books() && !planted!(RestoredIgnored)),
    ]
}

/// The further parameters of `GIVE_REFUND_BACK`.
fn given_back(day: Date, amount: Won) -> [Parameter<'static>; 2] {
    [Box::new(day.to_string()), Box::new(amount.get())]
}

/// What a refund has met, if that was no other version of the payment.
async fn obstacle(books: &Postgres, change: &Change) -> Result<Option<Obstacle>, StoreError> {
    let RefundDay::Count { day, amount, most } = change.refund_day else {
        return Ok(None);
    };
    let shop_id = uuid(change.payment.shop_id.as_bytes());
    let met = books
        .row(&queries::REFUND_OBSTACLE, &[&shop_id, &day.to_string()])
        .await?;
    if met.try_get("restored")? {
        return Ok(Some(Obstacle::Restored));
    }
    let sum: i64 = met.try_get("sum")?;
    let sum = Won::try_from(sum).unwrap_or(Won::MAX);
    let fits = most.is_none_or(|most| sum.checked_add(amount).is_some_and(|sum| sum <= most));
    Ok((!fits).then_some(Obstacle::RefundDay(Refunded { day, sum })))
}

impl OnPostgres for PruneRefundDays {
    async fn on_postgres(self, books: &Postgres) -> Result<(), StoreError> {
        let before = self.before.to_string();
        books.rows(&queries::PRUNE_REFUND_DAYS, &[&before]).await?;
        Ok(())
    }
}
