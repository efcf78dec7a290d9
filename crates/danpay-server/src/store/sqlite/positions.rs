//! The positions of a shop's events. One connection commits at a time, so an event has its position in
//! its own commit, and none waits.

use danpay_core::{Change, EventId, EventType, PaymentId, PaymentRef};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{OnSqlite, Way, queries, rows};
use crate::store::payments::OfShop;
use crate::store::positions::{
    GivePositions, NewestEvent, OfPayment, OldestWaiting, ShopsEvents, WaitingChange,
};
use crate::store::rows::{corrupt, listed};
use crate::store::{Listed, StoreError};

/// The position of a change's event; none, if shops are not told of it.
pub(super) fn next(connection: &Connection, change: &Change) -> Result<Option<i64>, StoreError> {
    if EventType::of(&change.event).is_none() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(queries::NEXT_POSITION)?;
    let shop_id = change.payment.shop_id;
    Ok(Some(
        statement.query_row([shop_id.as_bytes()], |row| row.get(0))?,
    ))
}

impl OnSqlite for OldestWaiting {
    const WAY: Way = Way::Read;

    /// There are none.
    fn on_sqlite(&self, _: &Connection) -> Result<Vec<WaitingChange>, StoreError> {
        Ok(Vec::new())
    }
}

impl OnSqlite for GivePositions {
    const WAY: Way = Way::Read;

    /// They have theirs.
    fn on_sqlite(&self, _: &Connection) -> Result<bool, StoreError> {
        Ok(true)
    }
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

impl OnSqlite for NewestEvent {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<EventId>, StoreError> {
        let mut statement = connection.prepare_cached(queries::SELECT_NEWEST_EVENT)?;
        let newest = statement.query_row([self.0.as_bytes()], |row| row.get(0));
        Ok(newest.optional()?.map(EventId::from_bytes))
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
