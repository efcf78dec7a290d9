//! The partitions of `events`: a month of payments each, made ahead of their time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

/// So many months are ready, the one that is under way among them: a server that is started once
/// in two months is enough.
const AHEAD: i32 = 3;

/// Any number that nobody else in the database takes: of two servers, one makes a partition and
/// the other finds it.
const LOCK: i64 = 0x6461_6e70_6179_0001;

/// Makes the partitions of this month and the next ones, if they are not there.
pub(super) async fn make_ahead(client: &Client, now: Timestamp) -> Result<(), Error> {
    let this_month = TimeZone::UTC.to_datetime(now).date().first_of_month();
    for month in 0..AHEAD {
        let first = this_month.saturating_add(month.months());
        let name = first.strftime("events_%Y_%m").to_string();
        let known = "select to_regclass($1) is not null";
        let known = client
            .query_typed_one(known, &[(&name, Type::TEXT)])
            .await?;
        if !known.try_get(0)? {
            client.batch_execute(&make(&name, first)).await?;
        }
    }
    Ok(())
}

/// What makes the partition of the month that begins on `first`. It refers to payments, so it
/// needs a lock on them for a moment; taken first, as every statement of ours begins with them,
/// so that none holds what this waits for.
fn make(name: &str, first: Date) -> String {
    let (from, to) = (first_id(first), first_id(first.saturating_add(1.month())));
    format!(
        "select pg_advisory_xact_lock({LOCK});
         lock table payments in share row exclusive mode;
         create table if not exists {name}
             partition of events for values from ('{from}') to ('{to}');"
    )
}

/// The lowest id that a payment of that day could have: ids begin with their time.
fn first_id(day: Date) -> Uuid {
    let midnight = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
    let millis = midnight.map_or(0, Timestamp::as_millisecond);
    // No payment is of a time before 1970.
    Uuid::from_u128(u128::try_from(millis).unwrap_or(0) << 80)
}
