//! Deliveries, as shops look at them.

use danpay_core::webhook::{Attempt, Delivery, Told};
use danpay_core::{
    DeliveryId, ENDPOINT_DISABLED, Event, EventId, PaymentId, ShopId, WebhookEndpointId,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::rows::{self, Place};
use super::super::values::Instant;
use super::super::{OnPostgres, Postgres, count, queries, uuid};
use crate::store::StoreError;
use crate::store::rows::{corrupt, listed};
use crate::store::webhooks::{
    ChangeOf, DELIVERIES, DeliveriesPage, DeliveryOf, ListDeliveries, Piece, PruneDeliveries,
    Resend, ResendFailed, Sweep, Swept,
};

pub(super) fn id(row: &Row) -> Result<DeliveryId, StoreError> {
    let id: Uuid = row.try_get("delivery_id")?;
    Ok(DeliveryId::from_bytes(id.into_bytes()))
}

pub(super) fn read(id: DeliveryId, row: &Row) -> Result<Delivery, StoreError> {
    let table = DELIVERIES;
    read_with(id, row, Place { table, id, row }.json("log")?)
}

/// With these attempts.
pub(super) fn read_with(
    id: DeliveryId,
    row: &Row,
    log: Vec<Attempt>,
) -> Result<Delivery, StoreError> {
    let table = DELIVERIES;
    let place = Place { table, id, row };
    let bytes = |column| Ok::<_, StoreError>(place.get::<Uuid>(column)?.into_bytes());
    let event_type: String = place.get("type")?;
    let subject = bytes("subject_id")?;
    Ok(Delivery {
        id,
        shop_id: ShopId::from_bytes(bytes("delivery_shop")?),
        endpoint_id: WebhookEndpointId::from_bytes(bytes("endpoint_id")?),
        about: if event_type == ENDPOINT_DISABLED {
            Told::Endpoint(WebhookEndpointId::from_bytes(subject))
        } else {
            Told::Payment(PaymentId::from_bytes(subject))
        },
        sequence: place.number("sequence")?,
        event_id: EventId::from_bytes(bytes("event_id")?),
        event_type,
        status: place.word("status")?,
        attempts: place.number("attempts")?,
        claims: place.number("claims")?,
        in_flight_since: place.optional_time("in_flight_since")?,
        is_resend: place.get("is_resend")?,
        refused_since: place.optional_time("refused_since")?,
        due_at: place.optional_time("due_at")?,
        log,
        created_at: place.time("delivery_created")?,
    })
}

pub(super) fn subject(about: Told) -> Uuid {
    match about {
        Told::Payment(id) => uuid(id.as_bytes()),
        Told::Endpoint(id) => uuid(id.as_bytes()),
    }
}

pub(super) fn number(delivery: &Delivery, number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| corrupt(DELIVERIES, delivery.id, error))
}

impl OnPostgres for DeliveryOf {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Delivery>, StoreError> {
        let (shop_id, wanted) = (uuid(self.shop_id.as_bytes()), uuid(self.id.as_bytes()));
        let rows = database
            .rows(&queries::DELIVERY, &[&shop_id, &wanted])
            .await?;
        rows.first().map(|row| read(id(row)?, row)).transpose()
    }
}

impl OnPostgres for ListDeliveries {
    async fn on_postgres(self, database: &Postgres) -> Result<DeliveriesPage, StoreError> {
        let after = self.after.unwrap_or(DeliveryId::from_bytes([u8::MAX; 16]));
        let (shop_id, after) = (uuid(self.shop_id.as_bytes()), uuid(after.as_bytes()));
        let passed = i64::from(self.passed);
        let values: [&(dyn ToSql + Sync); 3] = [&shop_id, &after, &passed];
        let rows = database.rows(&queries::LIST_DELIVERIES, &values).await?;
        self.page(rows.iter().map(|row| {
            let id = id(row)?;
            Ok((id, listed(id, read(id, row))?))
        }))
    }
}

impl OnPostgres for Resend {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let delivery = &self.0;
        let values: [&(dyn ToSql + Sync); 4] = [
            &uuid(delivery.shop_id.as_bytes()),
            &uuid(delivery.id.as_bytes()),
            &number(delivery, delivery.claims)?,
            &delivery.due_at.map(Instant),
        ];
        Ok(count(&database.row(&queries::RESEND_DELIVERY, &values).await?)? == 1)
    }
}

impl OnPostgres for ResendFailed {
    async fn on_postgres(self, database: &Postgres) -> Result<Piece, StoreError> {
        let (after, before) = self.ids();
        let values: [&(dyn ToSql + Sync); 6] = [
            &uuid(self.shop_id.as_bytes()),
            &uuid(after.as_bytes()),
            &uuid(before.as_bytes()),
            &uuid(self.endpoint_id.as_bytes()),
            &i64::from(self.most),
            &Instant(self.now),
        ];
        let row = database.row(&queries::RESEND_FAILED, &values).await?;
        let found: i64 = row.try_get("found")?;
        let last: Option<Uuid> = row.try_get("last")?;
        let last = last.filter(|_| found >= i64::from(self.most));
        let last = last.map(|id| DeliveryId::from_bytes(id.into_bytes()));
        Ok((count(&row)?, last))
    }
}

impl OnPostgres for Sweep {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        let query = match self.how {
            Swept::Forgotten => &queries::FORGET_MISSED,
            Swept::SentAfterAll => &queries::SEND_MISSED,
            Swept::Missed => &queries::MISS_PENDING,
        };
        let values: [&(dyn ToSql + Sync); 3] = [
            &uuid(self.shop_id.as_bytes()),
            &uuid(self.endpoint_id.as_bytes()),
            &i64::from(self.most),
        ];
        count(&database.row(query, &values).await?)
    }
}

impl OnPostgres for PruneDeliveries {
    async fn on_postgres(self, database: &Postgres) -> Result<u64, StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&Instant(self.before), &i64::from(self.most)];
        count(&database.row(&queries::PRUNE_DELIVERIES, &values).await?)
    }
}

impl OnPostgres for ChangeOf {
    async fn on_postgres(self, database: &Postgres) -> Result<Option<Event>, StoreError> {
        let payment = self.payment;
        let after = i32::try_from(self.sequence.saturating_sub(1)).unwrap_or(i32::MAX);
        let values: [&(dyn ToSql + Sync); 4] = [
            &uuid(payment.id.as_bytes()),
            &uuid(payment.shop_id.as_bytes()),
            &after,
            &1_i64,
        ];
        let rows = database.rows(&queries::EVENTS, &values).await?;
        let event = rows.first().map(|row| rows::read_event(payment.id, row));
        let event = event.transpose()?;
        Ok(event.filter(|event| event.sequence == self.sequence))
    }
}
