//! What is old enough goes: histories of payments that rest.
//!
//! **Invariant**: a payment itself stays, and a history goes as a whole or not at all.

use danpay_core::PaymentId;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::queries;
use crate::store::StoreError;

/// So many histories in one transaction: a fraction of a second.
const BATCH: u32 = 500;

/// Prunes one batch of what is older; how many histories that were.
pub(super) fn batch(connection: &Connection, before: Timestamp) -> Result<u64, StoreError> {
    // Ids begin with their time.
    let bound = PaymentId::new(before, [0; 10]);
    let ids: Vec<[u8; 16]> = connection
        .prepare_cached(queries::PRUNABLE)?
        .query_map(params![bound.as_bytes(), BATCH], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in &ids {
        for table in [queries::PRUNE_OUTBOX, queries::PRUNE_EVENTS] {
            connection.prepare_cached(table)?.execute([id])?;
        }
    }
    Ok(ids.len() as u64)
}
