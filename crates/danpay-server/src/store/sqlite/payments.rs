//! Payments.

use danpay_core::{Event, Payment, PaymentId, PaymentRef, ShopId, timing};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{OnSqlite, Way, list, positions, queries, refund_days, rows};
use crate::limits;
use crate::store::payments::{
    Against, AnyLive, AskedUnder, BeforeCreate, CheckAt, ClaimDue, ClaimLookup, Commit, CountDue,
    Create, Events, FirstDue, ForPayer, Idempotency, List, ListToShow, LookFirst, OfShop,
    ScheduleCheck, WakeInDoubt, WithTid,
};
use crate::store::{Listed, StoreError};

impl OnSqlite for Create {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let Self { change, record } = self;
        let position = positions::next(connection, change)?;
        rows::insert_payment(connection, change)?;
        rows::insert_beside(connection, change, record.as_ref(), position)
    }
}

impl OnSqlite for Commit {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let Self { change, record } = self;
        // First what only reads: work that has written something and fails is done again.
        rows::obstacle(connection, change)?;
        refund_days::obstacle(connection, change)?;
        if !rows::update_payment(connection, change)? {
            return Err(StoreError::Conflict);
        }
        rows::claim_order(connection, change)?;
        refund_days::write(connection, change)?;
        let position = positions::next(connection, change)?;
        rows::insert_beside(connection, change, record.as_ref(), position)
    }
}

impl OnSqlite for CheckAt {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let PaymentRef { shop_id, id } = self.payment;
        let at = self.at.map(Timestamp::as_millisecond);
        connection
            .prepare_cached(queries::CHECK_AT)?
            .execute(params![at, id.as_bytes(), self.version, shop_id.as_bytes()])?;
        Ok(())
    }
}

impl OnSqlite for ClaimDue {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<PaymentRef>, StoreError> {
        let except: Vec<u8> = self.except.iter().flat_map(|id| *id.as_bytes()).collect();
        let (now, until) = (self.now.as_millisecond(), self.until.as_millisecond());
        let query = match self.first {
            FirstDue::Newest => queries::CLAIM_NEWEST_DUE,
            FirstDue::Oldest => queries::CLAIM_OLDEST_DUE,
        };
        let mut statement = connection.prepare_cached(query)?;
        let due = statement.query_map(params![now, until, self.limit, except], reference)?;
        Ok(due.collect::<rusqlite::Result<_>>()?)
    }
}

pub(super) fn reference(row: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRef> {
    Ok(PaymentRef {
        id: PaymentId::from_bytes(row.get("id")?),
        shop_id: ShopId::from_bytes(row.get("shop_id")?),
    })
}

impl OnSqlite for ClaimLookup {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let PaymentRef { shop_id, id } = self.payment;
        let before = timing::before(self.now, self.interval).as_millisecond();
        let now = self.now.as_millisecond();
        let claimed = connection
            .prepare_cached(queries::CLAIM_LOOKUP)?
            .execute(params![now, before, id.as_bytes(), shop_id.as_bytes()])?;
        Ok(claimed == 1)
    }
}

impl OnSqlite for ScheduleCheck {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let PaymentRef { shop_id, id } = self.payment;
        let (at, now) = (self.at.as_millisecond(), self.now.as_millisecond());
        connection
            .prepare_cached(queries::SCHEDULE_CHECK)?
            .execute(params![at, id.as_bytes(), shop_id.as_bytes(), now])?;
        Ok(())
    }
}

impl OnSqlite for LookFirst {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let PaymentRef { shop_id, id } = self.payment;
        let now = self.now.as_millisecond();
        connection
            .prepare_cached(queries::LOOK_FIRST)?
            .execute(params![now, id.as_bytes(), shop_id.as_bytes()])?;
        Ok(())
    }
}

impl OnSqlite for CountDue {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        let now = self.now.as_millisecond();
        let mut statement = connection.prepare_cached(queries::COUNT_DUE)?;
        let count: u32 =
            statement.query_row(params![now, limits::WAITING_MAX], |row| row.get(0))?;
        Ok(count.into())
    }
}

impl OnSqlite for AnyLive {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        Ok(connection.query_row(queries::ANY_LIVE, [], |row| row.get(0))?)
    }
}

impl OnSqlite for WakeInDoubt {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        let mut woken = 0;
        for wake in [queries::WAKE_APPROVING, queries::WAKE_CANCELING] {
            woken += connection.execute(wake, [self.now.as_millisecond()])?;
        }
        Ok(woken as u64)
    }
}

impl OnSqlite for OfShop {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Payment>, StoreError> {
        let PaymentRef { shop_id, id } = self.0;
        connection
            .prepare_cached(queries::SELECT_PAYMENT)?
            .query_row(params![id.as_bytes(), shop_id.as_bytes()], |row| {
                Ok(rows::payment(connection, row))
            })
            .optional()?
            .transpose()
    }
}

impl OnSqlite for ForPayer {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Payment>, StoreError> {
        connection
            .prepare_cached(queries::SELECT_PAYERS_PAYMENT)?
            .query_row([self.0.as_bytes()], |row| {
                Ok(rows::payment(connection, row))
            })
            .optional()?
            .transpose()
    }
}

impl OnSqlite for List {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<Listed<Payment>>, StoreError> {
        list::page(connection, &self.0)
    }
}

impl OnSqlite for ListToShow {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<Listed<Payment>>, StoreError> {
        list::page(connection, &self.0)
    }
}

impl OnSqlite for WithTid {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<PaymentRef>, StoreError> {
        let mut statement = connection.prepare_cached(queries::SELECT_WITH_TID)?;
        Ok(statement.query_row([&self.0], reference).optional()?)
    }
}

impl OnSqlite for Events {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<Listed<Event>>, StoreError> {
        rows::events(connection, self)
    }
}

impl OnSqlite for AskedUnder {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Idempotency>, StoreError> {
        rows::idempotency(connection, self.shop_id, &self.key)
    }
}

impl OnSqlite for BeforeCreate {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Against, StoreError> {
        let known = self
            .key
            .as_ref()
            .map(|key| rows::idempotency(connection, self.shop_id, key));
        let holder = rows::holder(connection, self.shop_id, &self.order_id)?;
        Ok(Against {
            known: known.transpose()?.flatten(),
            paid_by: holder
                .filter(|holder| holder.is_paid)
                .map(|holder| holder.payment),
            is_restored: rows::newest_restored(connection)?.is_some(),
        })
    }
}
