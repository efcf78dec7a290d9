//! What went back, or is on its way, by days in Korea.

use danpay_core::{Change, Obstacle, RefundDay, Refunded, Won};

use super::rows::Parameter;
use super::{OnPostgres, Postgres, queries, uuid};
use crate::store::StoreError;
use crate::store::server::PruneRefundDays;

/// The further parameters of `REFUND` (the day, how much, what may go back at most, and whether a call
/// follows) or of `GIVE_REFUND_BACK` (the day, and how much).
pub(super) fn parameters(change: &Change) -> Vec<Parameter<'static>> {
    match change.refund_day {
        RefundDay::Count { day, amount, most } => {
            vec![
                Box::new(day.to_string()),
                Box::new(amount.get()),
                Box::new(most.map(Won::get)),
                Box::new(change.needs_whole_database()),
            ]
        }
        RefundDay::GiveBack { day, amount } => {
            vec![Box::new(day.to_string()), Box::new(amount.get())]
        }
        RefundDay::Keep => Vec::new(),
    }
}

/// What a refund has met, if that was no other version of the payment.
pub(super) async fn obstacle(
    database: &Postgres,
    change: &Change,
) -> Result<Option<Obstacle>, StoreError> {
    let RefundDay::Count { day, amount, most } = change.refund_day else {
        return Ok(None);
    };
    let shop_id = uuid(change.payment.shop_id.as_bytes());
    let met = database
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
    async fn on_postgres(self, database: &Postgres) -> Result<(), StoreError> {
        let before = self.before.to_string();
        database
            .rows(&queries::PRUNE_REFUND_DAYS, &[&before])
            .await?;
        Ok(())
    }
}
