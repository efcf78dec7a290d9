//! Bugs that the simulator plants: a change that is written in several transactions.

use danpay_core::{Change, planted};
use rusqlite::{Connection, params};

use super::{Sqlite, positions, refund_days, rows};
use crate::store::StoreError;
use crate::store::payments::{Commit, Create};

/// Keeps a position for an event that is yet to come.
const KEEP: &str = "
insert into last_positions (shop_id, position) values (?1, ?2)
on conflict (shop_id) do update set position = excluded.position";

impl Sqlite {
    /// Whether one of them is planted.
    pub(crate) fn writes_in_pieces() -> bool {
        let planted = [
            planted!(KeyOutsideCommit),
            planted!(EventOutsideCommit),
            planted!(PositionOutsideCommit),
            planted!(OrderGuardOnlyRead),
            planted!(RefundLimitOnlyRead),
            planted!(PositionBeforeCommit),
        ];
        planted.contains(&true)
    }

    pub(crate) async fn create_in_pieces(&self, create: Create) -> Result<(), StoreError> {
        let Create { change, mut record } = create;
        let late = record.take_if(|_| planted!(KeyOutsideCommit));
        let (at, shop_id) = (change.event.at, change.payment.shop_id);
        let untold = change.clone();
        let early = self.early(&change).await?;
        self.write(move |connection| {
            let position = position(connection, &change, early)?;
            rows::insert_payment(connection, &change)?;
            rows::insert_beside(connection, &change, record.as_ref(), position)
        })
        .await?;
        self.tell(untold).await?;
        let Some(record) = late else { return Ok(()) };
        self.write(move |connection| rows::insert_idempotency(connection, shop_id, &record, at))
            .await
    }

    pub(crate) async fn commit_in_pieces(&self, commit: Commit) -> Result<(), StoreError> {
        let Commit { change, record } = commit;
        if planted!(EventOutsideCommit) {
            let update = change.clone();
            self.write(move |connection| rows::update_payment(connection, &update))
                .await?;
        }
        if planted!(RefundLimitOnlyRead) {
            let refund = change.clone();
            self.write(move |connection| refund_days::obstacle(connection, &refund))
                .await?;
        }
        let untold = change.clone();
        let early = self.early(&change).await?;
        self.write(move |connection| {
            if !planted!(OrderGuardOnlyRead) {
                rows::obstacle(connection, &change)?;
            }
            if !planted!(RefundLimitOnlyRead) {
                refund_days::obstacle(connection, &change)?;
            }
            if !planted!(EventOutsideCommit) && !rows::update_payment(connection, &change)? {
                return Err(StoreError::Conflict);
            }
            rows::claim_order(connection, &change)?;
            refund_days::write(connection, &change)?;
            let position = position(connection, &change, early)?;
            rows::insert_beside(connection, &change, record.as_ref(), position)
        })
        .await?;
        self.tell(untold).await
    }

    /// The position of the change's event, taken before it is committed.
    async fn early(&self, change: &Change) -> Result<Option<i64>, StoreError> {
        if !planted!(PositionBeforeCommit) {
            return Ok(None);
        }
        let change = change.clone();
        let keep = move |connection: &Connection| {
            let position = positions::next(connection, &change)?;
            if let Some(position) = position {
                let kept = params![change.payment.shop_id.as_bytes(), position];
                connection.execute(KEEP, kept)?;
            }
            Ok(position)
        };
        self.write(keep).await
    }

    /// Gives the event its position, alone.
    async fn tell(&self, change: Box<Change>) -> Result<(), StoreError> {
        if !planted!(PositionOutsideCommit) {
            return Ok(());
        }
        self.write(move |connection: &Connection| {
            let (event, shop_id) = (&change.event, change.payment.shop_id);
            let position = positions::next(connection, &change)?;
            connection.execute("delete from events where id = ?1", [event.id.as_bytes()])?;
            rows::insert_event(connection, shop_id, event, position)
        })
        .await
    }
}

/// The position that the event has from its commit on.
fn position(
    connection: &Connection,
    change: &Change,
    early: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    if planted!(PositionOutsideCommit) || early.is_some() {
        return Ok(early);
    }
    positions::next(connection, change)
}
