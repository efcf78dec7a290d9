//! Deliveries are born with their event.

use danpay_core::webhook::DeliveryStatus;
use danpay_core::{Change, ENDPOINT_DISABLED, EventId, EventType, ShopId, WebhookEndpointId};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::queries;
use crate::store::StoreError;
use crate::store::webhooks::delivery_id;

/// What every delivery of an event has.
struct Told<'a> {
    shop_id: ShopId,
    subject: [u8; 16],
    sequence: u32,
    event_id: EventId,
    name: &'a str,
    at: Timestamp,
}

/// One for each endpoint that hears what the change is told as, if it is told.
pub(in super::super) fn born(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let event = &change.event;
    let Some(told) = EventType::of(event) else {
        return Ok(());
    };
    let told = Told {
        shop_id: change.payment.shop_id,
        subject: *event.payment_id.as_bytes(),
        sequence: event.sequence,
        event_id: event.id,
        name: told.as_str(),
        at: event.at,
    };
    tell(connection, &told, None)
}

/// One for each other endpoint that hears that this one was disabled.
pub(super) fn born_of_disabled(
    connection: &Connection,
    (shop_id, endpoint, version): (ShopId, WebhookEndpointId, u32),
    event_id: EventId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let told = Told {
        shop_id,
        subject: *endpoint.as_bytes(),
        sequence: version,
        event_id,
        name: ENDPOINT_DISABLED,
        at,
    };
    tell(connection, &told, Some(endpoint))
}

fn tell(
    connection: &Connection,
    told: &Told<'_>,
    but: Option<WebhookEndpointId>,
) -> Result<(), StoreError> {
    let quoted = format!("\"{}\"", told.name);
    let mut hearing = connection.prepare_cached(queries::HEARING)?;
    let mut insert = connection.prepare_cached(queries::INSERT_DELIVERY)?;
    let mut rows = hearing.query(params![told.shop_id.as_bytes(), quoted])?;
    while let Some(row) = rows.next()? {
        let endpoint = WebhookEndpointId::from_bytes(row.get(0)?);
        if but == Some(endpoint) {
            continue;
        }
        let status = if row.get(1)? {
            DeliveryStatus::Pending
        } else {
            DeliveryStatus::Missed
        };
        insert.execute(params![
            told.shop_id.as_bytes(),
            delivery_id(told.event_id, endpoint).as_bytes(),
            endpoint.as_bytes(),
            told.subject,
            told.sequence,
            told.event_id.as_bytes(),
            told.name,
            status.as_str(),
            told.at.as_millisecond(),
        ])?;
    }
    Ok(())
}
