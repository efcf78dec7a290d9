//! The positions of a shop's events.

use std::collections::BTreeMap;

use danpay_core::{EventId, PaymentId, PaymentRef, ShopId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::payments::reference;
use super::{OnSqlite, Way, queries, rows};
use crate::store::payments::OfShop;
use crate::store::positions::{
    GivePositions, OfPayment, OldestWaiting, SEQUENCER, ShopsEvents, Waiting,
};
use crate::store::rows::{corrupt, listed};
use crate::store::{Listed, StoreError};

impl OnSqlite for OldestWaiting {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = connection.prepare_cached(queries::OLDEST_WAITING)?;
        let waiting = statement.query_map([self.limit], |row| {
            Ok(Waiting {
                event_id: EventId::from_bytes(row.get("event_id")?),
                payment: reference(row)?,
                sequence: row.get("sequence")?,
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
        let mut last = BTreeMap::new();
        for change in &self.changes {
            if !leave_outbox(connection, change)? {
                continue;
            }
            let shop_id = change.payment.shop_id;
            let position = match last.get(&shop_id) {
                Some(last) => last + 1,
                None => last_position(connection, shop_id)? + 1,
            };
            place(connection, change, position)?;
            last.insert(shop_id, position);
        }
        last.into_iter()
            .try_for_each(|(shop_id, position)| set_last_position(connection, shop_id, position))?;
        Ok(true)
    }
}

/// Whether it waited.
pub(super) fn leave_outbox(connection: &Connection, change: &Waiting) -> Result<bool, StoreError> {
    let PaymentRef { shop_id, id } = change.payment;
    let mut statement = connection.prepare_cached(queries::TAKE_WAITING)?;
    let which = params![id.as_bytes(), change.sequence, shop_id.as_bytes()];
    Ok(statement.execute(which)? > 0)
}

/// The highest position that was given to an event of the shop; 0, if none was.
pub(super) fn last_position(connection: &Connection, shop_id: ShopId) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(queries::LAST_POSITION)?;
    let last = statement.query_row([shop_id.as_bytes()], |row| row.get(0));
    Ok(last.optional()?.unwrap_or(0))
}

pub(super) fn set_last_position(
    connection: &Connection,
    shop_id: ShopId,
    position: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(queries::SET_LAST_POSITION)?
        .execute(params![shop_id.as_bytes(), position])?;
    Ok(())
}

pub(super) fn place(
    connection: &Connection,
    change: &Waiting,
    position: i64,
) -> Result<(), StoreError> {
    let PaymentRef { shop_id, id } = change.payment;
    let mut statement = connection.prepare_cached(queries::INSERT_POSITION)?;
    statement.execute(params![
        shop_id.as_bytes(),
        position,
        change.event_id.as_bytes(),
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
