//! The positions of a shop's events.

use std::collections::HashMap;

use danpay_core::{EventId, Payment, PaymentId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::Place;
use super::values::Instant;
use super::{OnPostgres, Postgres, only, queries, reference, rows, uuid};
use crate::store::positions::{
    GivePositions, NewestEvent, OfPayment, OldestWaiting, SEQUENCER, ShopsEvents, WaitingChange,
};
use crate::store::rows::{corrupt, listed};
use crate::store::{Listed, StoreError};

impl OnPostgres for OldestWaiting {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<WaitingChange>, StoreError> {
        let limit = i64::from(self.limit);
        let rows = database.rows(&queries::OLDEST_WAITING, &[&limit]).await?;
        rows.iter().map(waiting).collect()
    }
}

fn waiting(row: &Row) -> Result<WaitingChange, StoreError> {
    let (table, payment) = ("outbox", reference(row)?);
    let id = payment.id;
    let event_id: Uuid = row.try_get("event_id")?;
    Ok(WaitingChange {
        event_id: EventId::from_bytes(event_id.into_bytes()),
        payment,
        sequence: Place { table, id, row }.number("sequence")?,
    })
}

impl OnPostgres for GivePositions {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let Self { lease, changes } = self;
        let ids: Vec<_> = changes.iter().map(|one| one.payment).collect();
        let payments: Vec<_> = ids.iter().map(|one| uuid(one.id.as_bytes())).collect();
        let shops: Vec<_> = ids.iter().map(|one| uuid(one.shop_id.as_bytes())).collect();
        let sequences = changes.iter().map(|one| i32::try_from(one.sequence));
        let sequences: Vec<_> = sequences
            .collect::<Result<_, _>>()
            .map_err(|error| corrupt("outbox", "a batch", error))?;
        let values: [&(dyn ToSql + Sync); 7] = [
            &SEQUENCER,
            &uuid(&lease.owner),
            &Instant(lease.now),
            &Instant(lease.until),
            &payments,
            &shops,
            &sequences,
        ];
        only(&database.row(&queries::GIVE_POSITIONS, &values).await?)
    }
}

impl OnPostgres for ShopsEvents {
    /// Not of a replica, which may not have the event yet after which to go on.
    async fn on_postgres(
        self,
        database: &Postgres,
    ) -> Result<Option<Vec<Listed<OfPayment>>>, StoreError> {
        let shop_id = uuid(self.shop_id.as_bytes());
        let mut position = 0_i64;
        if let Some(after) = self.after {
            let after = uuid(after.as_bytes());
            let found = database
                .rows(&queries::POSITION, &[&shop_id, &after])
                .await?;
            let Some(found) = found.first() else {
                return Ok(None);
            };
            position = only(found)?;
        }
        let values: [&(dyn ToSql + Sync); 3] = [&shop_id, &position, &i64::from(self.limit)];
        let events = database.rows(&queries::SHOPS_EVENTS, &values).await?;
        let payments = events.iter().map(payment_of);
        let mut payments: Vec<_> = payments.collect::<Result<_, _>>()?;
        payments.sort_unstable();
        payments.dedup();
        if payments.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let payments = database
            .rows(&queries::PAYMENTS_OF, &[&shop_id, &payments])
            .await?;
        let payments = payments
            .iter()
            .map(|row| Ok((row.try_get("id")?, rows::listed(row)?)));
        let payments: HashMap<_, _> = payments.collect::<Result<_, StoreError>>()?;
        let events = events.iter().map(|row| {
            let id: Uuid = row.try_get("id")?;
            let id = EventId::from_bytes(id.into_bytes());
            listed(id, read(&payments, id, row))
        });
        Ok(Some(events.collect::<Result<_, _>>()?))
    }
}

impl OnPostgres for NewestEvent {
    /// Not of a replica, where it may be an older one.
    async fn on_postgres(self, database: &Postgres) -> Result<Option<EventId>, StoreError> {
        let shop_id = uuid(self.0.as_bytes());
        let newest = database.rows(&queries::NEWEST_EVENT, &[&shop_id]).await?;
        let id = newest.first().map(only::<Uuid>).transpose()?;
        Ok(id.map(|id| EventId::from_bytes(id.into_bytes())))
    }
}

fn payment_of(row: &Row) -> Result<Uuid, StoreError> {
    Ok(row.try_get("payment_id")?)
}

fn read(
    payments: &HashMap<Uuid, Listed<Payment>>,
    id: EventId,
    row: &Row,
) -> Result<OfPayment, StoreError> {
    let payment_id = payment_of(row)?;
    let payment = match payments.get(&payment_id) {
        Some(Ok(payment)) => payment.clone(),
        Some(Err(damaged)) => return Err(corrupt("events", id, &damaged.problem)),
        None => return Err(corrupt("events", id, "of no payment")),
    };
    let event = rows::read_event(PaymentId::from_bytes(payment_id.into_bytes()), row)?;
    Ok(OfPayment { event, payment })
}
