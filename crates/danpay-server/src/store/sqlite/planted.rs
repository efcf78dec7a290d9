//! Bugs that the simulator plants: a change that is written in several transactions.

use danpay_core::{Change, Event, planted};
use rusqlite::Connection;

use super::{OnSqlite as _, Sqlite, positions, refund_days, rows};
use crate::store::StoreError;
use crate::store::payments::{Commit, Create};
use crate::store::positions::Told;
use crate::wire::EventType;

/// A change that shops are told of, and the position that it has before it is committed.
struct Early(Told, i64);

impl Early {
    fn place(&self, connection: &Connection) -> Result<(), StoreError> {
        let Self(told, position) = self;
        match positions::leave_outbox(connection, told)? {
            Some(event_id) => positions::place(connection, told, event_id, *position),
            None => Ok(()),
        }
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
        let Event { kind, sequence, .. } = change.event;
        if !planted!(PositionBeforeCommit) || !EventType::is_told(kind) {
            return Ok(None);
        }
        let payment = change.payment.reference();
        let next =
            move |connection: &Connection| positions::next_position(connection, payment.shop_id);
        let position = self.write(next).await?;
        let told = Told {
            payment,
            sequence,
            is_told: true,
        };
        Ok(Some(Early(told, position)))
    }

    /// An event's row of the outbox, alone.
    async fn tell(&self, change: Change) -> Result<(), StoreError> {
        if !planted!(OutboxOutsideCommit) {
            return Ok(());
        }
        let shop_id = change.payment.shop_id;
        let event: Event = change.event;
        self.write(move |connection: &Connection| rows::insert_outbox(connection, shop_id, &event))
            .await
    }
}
