//! What went back, or is on its way, by days in Korea.

use danpay_core::{Change, Obstacle, RefundDay, Refunded, ShopId, Won};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{OnSqlite, Way, queries};
use crate::store::StoreError;
use crate::store::server::PruneRefundDays;

/// What is in the way of a refund: its day's limit.
pub(super) fn obstacle(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let RefundDay::Count {
        day,
        amount,
        most: Some(most),
    } = change.refund_day
    else {
        return Ok(());
    };
    let sum = sum(connection, change.payment.shop_id, day)?;
    if sum.checked_add(amount).is_some_and(|sum| sum <= most) {
        return Ok(());
    }
    let refunded = Refunded { day, sum };
    Err(StoreError::Obstacle(Obstacle::RefundDay(refunded)))
}

fn sum(connection: &Connection, shop_id: ShopId, day: Date) -> Result<Won, StoreError> {
    let mut statement = connection.prepare_cached(queries::SELECT_REFUND_DAY)?;
    let values = params![shop_id.as_bytes(), day.to_string()];
    let sum: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
    Ok(Won::try_from(sum.unwrap_or(0)).unwrap_or(Won::MAX))
}

/// Writes what the change does to the sum of a day, once nothing is in the way.
pub(super) fn write(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let (statement, day, amount) = match change.refund_day {
        RefundDay::Keep => return Ok(()),
        RefundDay::Count { day, amount, .. } => (queries::COUNT_REFUND, day, amount),
        RefundDay::GiveBack { day, amount } => (queries::GIVE_REFUND_BACK, day, amount),
    };
    let shop_id = change.payment.shop_id;
    let values = params![shop_id.as_bytes(), day.to_string(), amount.get()];
    connection.prepare_cached(statement)?.execute(values)?;
    Ok(())
}

impl OnSqlite for PruneRefundDays {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute(queries::PRUNE_REFUND_DAYS, [self.before.to_string()])?;
        Ok(())
    }
}
