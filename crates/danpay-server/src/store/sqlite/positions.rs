//! The positions of a shop's events.

use danpay_core::{EventId, PaymentId, PaymentRef, ShopId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::payments::reference;
use super::{OnSqlite, Way, queries, rows};
use crate::store::payments::OfShop;
use crate::store::positions::{
    GivePositions, OfPayment, OldestWaiting, SEQUENCER, ShopsEvents, Told, Waiting,
};
use crate::store::rows::{corrupt, listed};
use crate::store::{Listed, StoreError};

impl OnSqlite for OldestWaiting {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = connection.prepare_cached(queries::OLDEST_WAITING)?;
        let waiting = statement.query_map([self.limit], |row| {
            let payment = reference(row)?;
            Ok(Waiting {
                payment,
                sequence: row.get("sequence")?,
                kind: rows::named("outbox", payment, row, "type").ok(),
                follows: row.get("follows")?,
            })
        })?;
        Ok(waiting.collect::<rusqlite::Result<_>>()?)
    }
}

impl OnSqlite for GivePositions {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let lease = self.lease;
        let (now, until) = (lease.now.as_millisecond(), lease.until.as_millisecond());
        let taken = connection
            .prepare_cached(queries::TAKE_LEASE)?
            .execute(params![SEQUENCER, lease.owner, now, until])?;
        if taken == 0 {
            return Ok(false);
        }
        for change in &self.changes {
            give_position(connection, change)?;
        }
        Ok(true)
    }
}

fn give_position(connection: &Connection, change: &Told) -> Result<(), StoreError> {
    let event_id = leave_outbox(connection, change)?;
    let Some(event_id) = event_id.filter(|_| change.is_told) else {
        return Ok(());
    };
    let position = next_position(connection, change.payment.shop_id)?;
    place(connection, change, event_id, position)
}

/// Nothing, if it does not wait any more.
pub(super) fn leave_outbox(
    connection: &Connection,
    change: &Told,
) -> Result<Option<[u8; 16]>, StoreError> {
    let PaymentRef { shop_id, id } = change.payment;
    let mut statement = connection.prepare_cached(queries::TAKE_WAITING)?;
    let which = params![id.as_bytes(), change.sequence, shop_id.as_bytes()];
    let event_id = statement.query_row(which, |row| row.get(0));
    Ok(event_id.optional()?)
}

pub(super) fn next_position(connection: &Connection, shop_id: ShopId) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(queries::NEXT_POSITION)?;
    Ok(statement.query_row([shop_id.as_bytes()], |row| row.get(0))?)
}

pub(super) fn place(
    connection: &Connection,
    change: &Told,
    event_id: [u8; 16],
    position: i64,
) -> Result<(), StoreError> {
    let PaymentRef { shop_id, id } = change.payment;
    let mut statement = connection.prepare_cached(queries::INSERT_POSITION)?;
    statement.execute(params![
        shop_id.as_bytes(),
        position,
        event_id,
        id.as_bytes(),
        change.sequence
    ])?;
    Ok(())
}

impl OnSqlite for ShopsEvents {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(
        &self,
        connection: &Connection,
    ) -> Result<Option<Vec<Listed<OfPayment>>>, StoreError> {
        let shop_id = self.shop_id.as_bytes();
        let position = match &self.after {
            None => Some(0),
            Some(id) => connection
                .prepare_cached(queries::SELECT_POSITION)?
                .query_row(params![shop_id, id.as_bytes()], |row| row.get(0))
                .optional()?,
        };
        let Some(position) = position else {
            return Ok(None);
        };
        let position: i64 = position;
        let mut statement = connection.prepare_cached(queries::SELECT_SHOPS_EVENTS)?;
        let events = statement.query_map(params![shop_id, position, self.limit], |row| {
            let id = EventId::from_bytes(row.get("id")?);
            Ok(listed(id, self.read(connection, row)))
        })?;
        let events = events.map(|event| event?).collect::<Result<_, _>>()?;
        Ok(Some(events))
    }
}

impl ShopsEvents {
    fn read(&self, connection: &Connection, row: &Row<'_>) -> Result<OfPayment, StoreError> {
        let id = PaymentId::from_bytes(row.get("payment_id")?);
        let event = rows::read_event(id, row)?;
        let shop_id = self.shop_id;
        let payment = OfShop(PaymentRef { shop_id, id }).on_sqlite(connection)?;
        let payment = payment.ok_or_else(|| corrupt("events", event.id, "of no payment"))?;
        Ok(OfPayment { event, payment })
    }
}
