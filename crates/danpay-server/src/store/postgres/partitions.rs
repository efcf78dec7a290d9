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

/// A partition refers to payments, so making it needs this lock for a moment. It is taken before
/// anything else, as every statement of ours begins with payments: then none holds what this waits
/// for. Of two servers that take it, the second finds what the first has made.
pub(super) const LOCK: &str = "lock table payments in share row exclusive mode";

/// Makes the partitions of this month and the next ones, if they are not there. One that cannot be
/// made does not keep the others from being made.
pub(super) async fn make_ahead(client: &mut Client, now: Timestamp) -> Result<(), Error> {
    let this_month = TimeZone::UTC.to_datetime(now).date().first_of_month();
    let mut outcome = Ok(());
    for month in 0..AHEAD {
        let made = make(client, this_month.saturating_add(month.months())).await;
        outcome = outcome.and(made);
    }
    outcome
}

async fn make(client: &mut Client, first: Date) -> Result<(), Error> {
    let name = first.strftime("events_%Y_%m").to_string();
    if is_there(client, &name).await? {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    if !is_there(transaction.client(), &name).await? {
        transaction.batch_execute(&statements(&name, first)).await?;
    }
    transaction.commit().await
}

async fn is_there(client: &Client, name: &str) -> Result<bool, Error> {
    let known = "select to_regclass($1) is not null";
    let name = [(&name as _, Type::TEXT)];
    client.query_typed_one(known, &name).await?.try_get(0)
}

/// What makes the partition of the month that begins on `first`, with what the default partition
/// has taken of that month meanwhile.
fn statements(name: &str, first: Date) -> String {
    let (from, to) = (first_id(first), first_id(first.saturating_add(1.month())));
    format!(
        "create table {name} (like events including constraints);
         with taken as (
             delete from events_default where payment_id >= '{from}' and payment_id < '{to}'
             returning *
         )
         insert into {name} select * from taken;
         alter table events attach partition {name} for values from ('{from}') to ('{to}');"
    )
}

/// The lowest id that a payment of that day could have: ids begin with their time.
pub(super) fn first_id(day: Date) -> Uuid {
    let midnight = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
    let millis = midnight.map_or(0, Timestamp::as_millisecond);
    // No payment is of a time before 1970.
    Uuid::from_u128(u128::try_from(millis).unwrap_or(0) << 80)
}
