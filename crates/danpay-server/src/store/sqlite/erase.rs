//! What tells of persons goes from old payments.

use danpay_core::{ERASED, Payment, PaymentId, erase};
use rusqlite::{Connection, params};

use super::server::prune;
use super::{OnSqlite, Way, queries, rows};
use crate::store::StoreError;
use crate::store::rows::{json, listed};
use crate::store::server::{Erase, Erased};

impl OnSqlite for Erase {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<Erased, StoreError> {
        let (after, below) = self.ids();
        let mut erased = Erased::default();
        let mut statement = connection.prepare_cached(queries::ERASABLE)?;
        let values = params![after.as_bytes(), below.as_bytes(), ERASED, Self::BATCH];
        let found = statement.query_map(values, |row| {
            let id = PaymentId::from_bytes(row.get("id")?);
            Ok((id, listed(id, rows::payment(connection, row))))
        })?;
        for found in found.collect::<rusqlite::Result<Vec<_>>>()? {
            let (id, payment) = found;
            erased.last = Some(id);
            // A damaged one is logged, and left for whoever mends it.
            if let Some(less) = payment?.ok().as_ref().and_then(erase) {
                write(connection, &less)?;
                prune(connection, id)?;
                erased.payments += 1;
            }
        }
        Ok(erased)
    }
}

fn write(connection: &Connection, erased: &Payment) -> Result<(), StoreError> {
    let id = erased.id;
    let order = json("payments", id, &erased.order)?;
    let redirect = json("payments", id, &erased.redirect)?;
    let state = json("payments", id, &erased.state)?;
    let user_id = erased.order.user_id.as_str();
    connection
        .prepare_cached(queries::ERASE_PAYMENT)?
        .execute(params![
            order,
            redirect,
            state,
            user_id,
            id.as_bytes(),
            erased.shop_id.as_bytes()
        ])?;
    for cancellation in &erased.cancellations {
        let body = json("cancellations", cancellation.id, cancellation)?;
        connection
            .prepare_cached(queries::ERASE_CANCELLATION)?
            .execute(params![body, cancellation.id.as_bytes()])?;
    }
    Ok(())
}
