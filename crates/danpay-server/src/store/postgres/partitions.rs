//! The partitions of `events`: a month of payments each, made ahead of their time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio_postgres::Client;
use uuid::Uuid;

use super::errors::told;
use crate::store::StoreError;

/// So many months are ready, the one that is under way among them: a server that is started once
/// in two months is enough.
const AHEAD: i32 = 3;

/// Makes the partitions of this month and the next ones, if they are not there.
pub(super) async fn make_ahead(client: &Client, now: Timestamp) -> Result<(), StoreError> {
    let this_month = TimeZone::UTC.to_datetime(now).date().first_of_month();
    for month in 0..AHEAD {
        let first = this_month.saturating_add(month.months());
        let statement = make(first)?;
        if let Err(error) = client.batch_execute(&statement).await {
            // The rows are safe in the default partition; only dropping them later is more work.
            let (month, error) = (first.strftime("%Y-%m").to_string(), told(&error));
            tracing::warn!(month, error, "no partition of events could be made");
        }
    }
    Ok(())
}

/// The statement that makes the partition of the month that begins on `first`.
fn make(first: Date) -> Result<String, StoreError> {
    let name = first.strftime("events_%Y_%m");
    let from = first_id(first)?;
    let to = first_id(first.saturating_add(1.month()))?;
    Ok(format!(
        "create table if not exists {name} partition of events for values from ('{from}') to ('{to}')"
    ))
}

/// The lowest id that a payment of that day could have: ids begin with their time.
fn first_id(day: Date) -> Result<Uuid, StoreError> {
    let impossible = |problem: String| StoreError::Unavailable(problem);
    let midnight = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
    let midnight = midnight.map_err(|error| impossible(error.to_string()))?;
    let millis = u128::try_from(midnight.as_millisecond());
    let millis = millis.map_err(|error| impossible(error.to_string()))?;
    Ok(Uuid::from_u128(millis << 80))
}
