//! What tells of persons goes from old payments.

use danpay_core::{ERASED, Payment, PaymentId, erase};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};
use uuid::Uuid;

use super::queries::Query;
use super::values::Hidden;
use super::{OnPostgres, Postgres, queries, rows, uuid};
use crate::store::StoreError;
use crate::store::rows::json;
use crate::store::server::{Erase, Erased};

impl OnPostgres for Erase {
    async fn on_postgres(self, database: &Postgres) -> Result<Erased, StoreError> {
        let (after, below) = self.ids();
        let mut connection = database.inner.pool.connection().await?;
        let transaction = connection.transaction().await?;
        let (after, below) = (uuid(after.as_bytes()), uuid(below.as_bytes()));
        let most = i64::from(Self::BATCH);
        let values: [&(dyn ToSql + Sync); 4] = [&after, &below, &ERASED, &most];
        let found = run(&transaction, &queries::ERASABLE, &values).await?;
        let mut erased = Erased::default();
        let mut less = Vec::new();
        for row in &found {
            let id: Uuid = row.try_get("id")?;
            erased.last = Some(PaymentId::from_bytes(id.into_bytes()));
            // A damaged one is logged, and left for whoever mends it.
            less.extend(rows::listed(row)?.ok().as_ref().and_then(erase));
        }
        erased.payments = less.len() as u64;
        if !less.is_empty() {
            write(&transaction, &less).await?;
        }
        transaction.commit().await?;
        Ok(erased)
    }
}

async fn write(transaction: &Transaction<'_>, erased: &[Payment]) -> Result<(), StoreError> {
    let table = "payments";
    let ids: Vec<Uuid> = erased.iter().map(|one| uuid(one.id.as_bytes())).collect();
    let orders = erased.iter().map(|one| json(table, one.id, &one.order));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let states = erased.iter().map(|one| json(table, one.id, &one.state));
    let states = states.collect::<Result<Vec<_>, _>>()?;
    let canceled = || erased.iter().flat_map(|one| &one.cancellations);
    let cancellations: Vec<Uuid> = canceled().map(|one| uuid(one.id.as_bytes())).collect();
    let bodies = canceled().map(|one| json("cancellations", one.id, one));
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    run(
        transaction,
        &queries::ERASE,
        &[&ids, &orders, &states, &cancellations, &bodies, &ERASED],
    )
    .await?;
    Ok(())
}

/// Nothing is left in the connection afterwards, which may be a pooler's.
async fn run(
    transaction: &Transaction<'_>,
    query: &Query,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, StoreError> {
    let values: Vec<_> = values.iter().map(|value| Hidden(*value)).collect();
    let types = query.types.iter().cloned();
    let values: Vec<_> = values.iter().map(|value| value as _).zip(types).collect();
    Ok(transaction.query_typed(query.sql, &values).await?)
}
