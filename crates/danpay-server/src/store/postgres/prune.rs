//! What is old enough goes: whole months of histories.
//!
//! **Invariant**: a payment itself stays, and no month goes of which a payment is open or in doubt.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio_postgres::Client;

use super::partitions::{LOCK, first_id};
use crate::store::StoreError;

const PARTITIONS: &str = r"
select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = 'events'::regclass and relname ~ '^events_\d{4}_\d{2}$' order by relname";

/// Drops the months that end before `before`; gives how many histories went.
pub(super) async fn prune(client: &mut Client, before: Timestamp) -> Result<u64, StoreError> {
    let mut pruned = 0;
    for row in client.query(PARTITIONS, &[]).await? {
        let name: String = row.try_get(0)?;
        let first = Date::strptime("events_%Y_%m-%d", format!("{name}-01"));
        let Ok(first) = first else { continue };
        let end = first.saturating_add(1.month());
        let ended = TimeZone::UTC.to_timestamp(end.at(0, 0, 0, 0));
        if ended.is_ok_and(|ended| ended <= before) {
            pruned += drop_month(client, &name, (first, end)).await?;
        }
    }
    Ok(pruned)
}

/// Gives how many histories went; none if one of them is not yet at rest.
async fn drop_month(
    client: &mut Client,
    name: &str,
    (first, end): (Date, Date),
) -> Result<u64, StoreError> {
    let range = format!(
        "payment_id >= '{}' and payment_id < '{}'",
        first_id(first),
        first_id(end)
    );
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let open = format!("select exists (select from due where {range})");
    if transaction.query_one(&open, &[]).await?.try_get(0)? {
        tracing::warn!(
            partition = name,
            "a payment of this month is not at rest: it stays"
        );
        return Ok(0);
    }
    // Each history begins with its first event.
    let count = format!("select count(*) from {name} where sequence = 1");
    let histories: i64 = transaction.query_one(&count, &[]).await?.try_get(0)?;
    let gone = format!(
        "delete from outbox where {range};
         delete from positions using {name} as gone
             where positions.event_id = gone.id and positions.shop_id = gone.shop_id;
         alter table events detach partition {name};
         drop table {name}"
    );
    transaction.batch_execute(&gone).await?;
    transaction.commit().await?;
    Ok(u64::try_from(histories).unwrap_or(0))
}
