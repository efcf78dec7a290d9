//! What the servers need for themselves, and the maintenance of the database.

use danpay_core::PaymentId;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{OnSqlite, Way, queries, rows};
use crate::store::StoreError;
use crate::store::server::{
    ClearRestored, MarkRestored, NewestRestored, PrepareAhead, Probe, Prune, PruneKeys,
    PruneProbes, ServerKey,
};

/// So many histories in one transaction: some milliseconds, for which the server's own writes wait.
const BATCH: u32 = 100;

impl OnSqlite for ServerKey {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<[u8; 32], StoreError> {
        connection.execute(queries::ADD_SERVER_KEY, params![self.name, self.new])?;
        Ok(connection.query_row(queries::SELECT_SERVER_KEY, [self.name], |row| row.get(0))?)
    }
}

impl OnSqlite for NewestRestored {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
        rows::newest_restored(connection)
    }
}

impl OnSqlite for MarkRestored {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute(queries::MARK_RESTORED, [self.at.as_millisecond()])?;
        Ok(())
    }
}

impl OnSqlite for ClearRestored {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute(queries::CLEAR_RESTORED, [])?;
        Ok(())
    }
}

impl OnSqlite for Probe {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let row = params![self.server, self.at.as_millisecond()];
        connection.prepare_cached(queries::PROBE)?.execute(row)?;
        Ok(())
    }
}

impl OnSqlite for PruneProbes {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute(queries::PRUNE_PROBES, [self.before.as_millisecond()])?;
        Ok(())
    }
}

impl OnSqlite for PrepareAhead {
    const WAY: Way = Way::Read;

    /// There is nothing.
    fn on_sqlite(&self, _: &Connection) -> Result<(), StoreError> {
        Ok(())
    }
}

impl OnSqlite for Prune {
    const WAY: Way = Way::Write;

    /// A history goes as a whole or not at all.
    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        // Ids begin with their time.
        let bound = PaymentId::new(self.before, [0; 10]);
        let ids: Vec<[u8; 16]> = connection
            .prepare_cached(queries::PRUNABLE)?
            .query_map(params![bound.as_bytes(), BATCH], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in &ids {
            prune(connection, PaymentId::from_bytes(*id))?;
        }
        Ok(ids.len() as u64)
    }
}

/// Deletes the history of a payment.
pub(super) fn prune(connection: &Connection, id: PaymentId) -> Result<(), StoreError> {
    for statement in [queries::KEEP_LAST_POSITION, queries::PRUNE_EVENTS] {
        let mut statement = connection.prepare_cached(statement)?;
        statement.execute([id.as_bytes()])?;
    }
    Ok(())
}

impl OnSqlite for PruneKeys {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        let gone = connection
            .prepare_cached(queries::PRUNE_KEYS)?
            .execute(params![self.before.as_millisecond(), self.most])?;
        Ok(gone as u64)
    }
}
