//! Bugs that the simulator plants: a change that is written in several transactions.

use danpay_core::{Change, Event, planted};
use rusqlite::Connection;

use super::{OnSqlite as _, Sqlite, positions, refund_days, rows};
use crate::store::StoreError;
use crate::store::payments::{Commit, Create};
use crate::store::positions::Waiting;
use crate::wire::EventType;

/// A change that shops are told of, and the position that it has before it is committed.
struct Early(Waiting, i64);

impl Early {
    fn place(&self, connection: &Connection) -> Result<(), StoreError> {
        let Self(change, position) = self;
        if positions::leave_outbox(connection, change)? {
            positions::place(connection, change, *position)?;
        }
        Ok(())
    }
}

impl Sqlite {
    /// Whether one of them is planted.
    pub(crate) fn writes_in_pieces() -> bool {
        let planted = [
            planted!(KeyOutsideCommit),
            planted!(EventOutsideCommit),
            planted!(OutboxOutsideCommit),
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
        let create = Create { change, record };
        self.write(move |connection| {
            create.on_sqlite(connection)?;
            early.iter().try_for_each(|early| early.place(connection))
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
            rows::insert_beside(connection, &change, record.as_ref())?;
            early.iter().try_for_each(|early| early.place(connection))
        })
        .await?;
        self.tell(untold).await
    }

    /// The position of a change that shops are told of.
    async fn early(&self, change: &Change) -> Result<Option<Early>, StoreError> {
        let Event {
            id, kind, sequence, ..
        } = change.event;
        if !planted!(PositionBeforeCommit) || !EventType::is_told(kind) {
            return Ok(None);
        }
        let payment = change.payment.reference();
        let shop_id = payment.shop_id;
        let next = move |connection: &Connection| {
            let next = positions::last_position(connection, shop_id)? + 1;
            positions::set_last_position(connection, shop_id, next)?;
            Ok(next)
        };
        let position = self.write(next).await?;
        let waiting = Waiting {
            event_id: id,
            payment,
            sequence,
        };
        Ok(Some(Early(waiting, position)))
    }

    /// An event's row of the outbox, alone.
    async fn tell(&self, change: Box<Change>) -> Result<(), StoreError> {
        if !planted!(OutboxOutsideCommit) || !EventType::is_told(change.event.kind) {
            return Ok(());
        }
        let shop_id = change.payment.shop_id;
        let event: Event = change.event;
        self.write(move |connection: &Connection| rows::insert_outbox(connection, shop_id, &event))
            .await
    }
}
