//! Deliveries, as shops look at them.

use danpay_core::webhook::{Attempt, Delivery, Told};
use danpay_core::{
    DeliveryId, ENDPOINT_DISABLED, Event, EventId, PaymentId, ShopId, WebhookEndpointId,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::rows::{from_json, named, read_event, timestamp};
use super::super::{OnSqlite, Way};
use super::endpoints::optional_time;
use super::queries;
use crate::store::StoreError;
use crate::store::rows::{json, listed};
use crate::store::webhooks::{
    ChangeOf, DELIVERIES, DeliveriesPage, DeliveryOf, ListDeliveries, Piece, PruneDeliveries,
    Resend, ResendFailed, Sweep, Swept,
};

pub(super) fn read(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let id = DeliveryId::from_bytes(row.get("id")?);
    read_with(row, from_json(DELIVERIES, id, row, "log")?)
}

/// With these attempts.
pub(super) fn read_with(row: &Row<'_>, log: Vec<Attempt>) -> Result<Delivery, StoreError> {
    let table = DELIVERIES;
    let id = DeliveryId::from_bytes(row.get("id")?);
    let event_type: String = row.get("type")?;
    let subject: [u8; 16] = row.get("subject_id")?;
    let time = |column| optional_time(table, row, column);
    Ok(Delivery {
        id,
        shop_id: ShopId::from_bytes(row.get("shop_id")?),
        endpoint_id: WebhookEndpointId::from_bytes(row.get("endpoint_id")?),
        about: if event_type == ENDPOINT_DISABLED {
            Told::Endpoint(WebhookEndpointId::from_bytes(subject))
        } else {
            Told::Payment(PaymentId::from_bytes(subject))
        },
        sequence: row.get("sequence")?,
        event_id: EventId::from_bytes(row.get("event_id")?),
        event_type,
        status: named(table, id, row, "status")?,
        attempts: row.get("attempts")?,
        claims: row.get("claims")?,
        in_flight_since: time("in_flight_since")?,
        is_resend: row.get("is_resend")?,
        refused_since: time("refused_since")?,
        due_at: time("due_at")?,
        log,
        created_at: timestamp(table, "created_at", row.get("created_at")?)?,
    })
}

pub(super) fn subject(about: Told) -> [u8; 16] {
    match about {
        Told::Payment(id) => *id.as_bytes(),
        Told::Endpoint(id) => *id.as_bytes(),
    }
}

pub(super) fn log(delivery: &Delivery) -> Result<String, StoreError> {
    json(DELIVERIES, delivery.id, &delivery.log)
}

impl OnSqlite for DeliveryOf {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Delivery>, StoreError> {
        let values = params![self.shop_id.as_bytes(), self.id.as_bytes()];
        connection
            .prepare_cached(queries::SELECT_DELIVERY)?
            .query_row(values, |row| Ok(read(row)))
            .optional()?
            .transpose()
    }
}

impl OnSqlite for ListDeliveries {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<DeliveriesPage, StoreError> {
        let after = self.after.unwrap_or(DeliveryId::from_bytes([u8::MAX; 16]));
        let values = params![self.shop_id.as_bytes(), after.as_bytes(), self.passed];
        let mut statement = connection.prepare_cached(queries::LIST_DELIVERIES)?;
        let rows = statement.query_map(values, |row| {
            let id = DeliveryId::from_bytes(row.get("id")?);
            Ok(listed(id, read(row)).map(|delivery| (id, delivery)))
        })?;
        self.page(rows.map(|row| row?))
    }
}

impl OnSqlite for Resend {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let delivery = &self.0;
        let resent = connection.execute(
            queries::RESEND,
            params![
                delivery.shop_id.as_bytes(),
                delivery.id.as_bytes(),
                delivery.claims,
                delivery.due_at.map(Timestamp::as_millisecond),
            ],
        )?;
        Ok(resent == 1)
    }
}

impl OnSqlite for ResendFailed {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<Piece, StoreError> {
        let (after, before) = self.ids();
        let shop_id = self.shop_id.as_bytes();
        let endpoint = self.endpoint_id.as_bytes();
        let mut failed = connection.prepare_cached(queries::SELECT_FAILED)?;
        let values = params![
            shop_id,
            after.as_bytes(),
            before.as_bytes(),
            endpoint,
            self.most
        ];
        let failed = failed.query_map(values, |row| row.get::<_, [u8; 16]>(0))?;
        let failed = failed.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut resend = connection.prepare_cached(queries::RESEND_FAILED)?;
        let mut count = 0;
        for id in &failed {
            count += resend.execute(params![shop_id, id, self.now.as_millisecond()])?;
        }
        let last = failed.last().filter(|_| failed.len() >= self.most as usize);
        Ok((count as u64, last.map(|id| DeliveryId::from_bytes(*id))))
    }
}

impl OnSqlite for Sweep {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        let query = match self.how {
            Swept::Forgotten => queries::FORGET_MISSED,
            Swept::SentAfterAll => queries::SEND_MISSED,
            Swept::Missed => queries::MISS_PENDING,
        };
        let (shop_id, endpoint_id) = (self.shop_id.as_bytes(), self.endpoint_id.as_bytes());
        let swept = connection.execute(query, params![shop_id, endpoint_id, self.most])?;
        Ok(swept as u64)
    }
}

impl OnSqlite for PruneDeliveries {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<u64, StoreError> {
        let values = params![self.before.as_millisecond(), self.most];
        Ok(connection.execute(queries::PRUNE_DELIVERIES, values)? as u64)
    }
}

impl OnSqlite for ChangeOf {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<Event>, StoreError> {
        let payment = self.payment;
        let values = params![
            payment.id.as_bytes(),
            self.sequence.saturating_sub(1),
            1,
            payment.shop_id.as_bytes()
        ];
        let mut statement = connection.prepare_cached(super::super::queries::SELECT_EVENTS)?;
        let event = statement.query_row(values, |row| Ok(read_event(payment.id, row)));
        let event = event.optional()?.transpose()?;
        Ok(event.filter(|event| event.sequence == self.sequence))
    }
}
