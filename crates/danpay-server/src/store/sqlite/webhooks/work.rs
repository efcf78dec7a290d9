//! What the worker asks: what is due, its claims, and what came of them.

use danpay_core::DeliveryId;
use danpay_core::webhook::{Blocker, Delivery, DeliveryStatus};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::rows::timestamp;
use super::super::{OnSqlite, Way};
use super::deliveries::{log, read, read_with, subject};
use super::{born, endpoints, queries};
use crate::store::StoreError;
use crate::store::rows::listed;
use crate::store::webhooks::{
    ClaimDeliveries, DELIVERIES, Due, DueDeliveries, EndpointRow, RecordAttempt, StandingChange,
};

impl OnSqlite for DueDeliveries {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(
        &self,
        connection: &Connection,
    ) -> Result<Vec<(EndpointRow, Vec<Due>)>, StoreError> {
        let mut due = Vec::new();
        for row in endpoints::all(connection, queries::SELECT_ENABLED_ENDPOINTS)? {
            let id = row.endpoint.id;
            let most = self.most(id);
            let mut statement = connection.prepare_cached(queries::SELECT_DUE)?;
            let values = params![id.as_bytes(), self.now.as_millisecond(), most];
            let deliveries = statement.query_map(values, |row| {
                let id = DeliveryId::from_bytes(row.get("id")?);
                // Past attempts that cannot be read are logged, and keep nothing from being sent.
                Ok(match listed(id, read(row)) {
                    Ok(Ok(delivery)) => Ok(delivery),
                    Ok(Err(_)) => read_with(row, Vec::new()),
                    Err(error) => Err(error),
                })
            })?;
            let mut of_it = Vec::new();
            for delivery in deliveries {
                let delivery = delivery??;
                let blocker = blocker(connection, &delivery, self.refused_before)?;
                of_it.push(Due { delivery, blocker });
            }
            if !of_it.is_empty() {
                due.push((row, of_it));
            }
        }
        Ok(due)
    }
}

fn blocker(
    connection: &Connection,
    delivery: &Delivery,
    refused_before: Timestamp,
) -> Result<Option<Blocker>, StoreError> {
    let time = |millis: Option<i64>| {
        let time = millis.map(|millis| timestamp(DELIVERIES, "due_at", millis));
        time.transpose()
    };
    let blocker = connection
        .prepare_cached(queries::SELECT_BLOCKER)?
        .query_row(
            params![
                delivery.endpoint_id.as_bytes(),
                subject(delivery.about),
                delivery.sequence,
                refused_before.as_millisecond(),
            ],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((refused_since, due_at, is_in_flight)) = blocker else {
        return Ok(None);
    };
    Ok(Some(Blocker {
        refused_since: time(refused_since)?,
        due_at: time(due_at)?,
        is_in_flight,
    }))
}

impl OnSqlite for ClaimDeliveries {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<DeliveryId>, StoreError> {
        let now = self.now.as_millisecond();
        let mut claim = connection.prepare_cached(queries::CLAIM)?;
        let mut ours = Vec::new();
        for delivery in &self.claimed {
            let claimed = claim.execute(params![
                delivery.shop_id.as_bytes(),
                delivery.id.as_bytes(),
                now,
                delivery.status.as_str(),
                delivery.claims,
                delivery.in_flight_since.map(Timestamp::as_millisecond),
                delivery.due_at.map(Timestamp::as_millisecond),
            ])?;
            if claimed == 1 {
                ours.push(delivery.id);
            }
        }
        let mut put_off = connection.prepare_cached(queries::PUT_OFF)?;
        for (delivery, until) in &self.put_off {
            put_off.execute(params![
                delivery.shop_id.as_bytes(),
                delivery.id.as_bytes(),
                now,
                delivery.claims,
                until.as_millisecond(),
            ])?;
        }
        Ok(ours)
    }
}

impl OnSqlite for RecordAttempt {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let delivery = &self.delivery;
        let endpoint = delivery.endpoint_id;
        let mut record = connection.prepare_cached(queries::RECORD)?;
        let recorded = record.execute(params![
            delivery.shop_id.as_bytes(),
            delivery.id.as_bytes(),
            delivery.claims,
            delivery.status.as_str(),
            delivery.refused_since.map(Timestamp::as_millisecond),
            delivery.due_at.map(Timestamp::as_millisecond),
            log(delivery)?,
            delivery.is_resend,
            delivery.attempts,
        ])?;
        if recorded == 0 {
            return Ok(false);
        }
        if delivery.status == DeliveryStatus::Pending {
            let values = params![delivery.shop_id.as_bytes(), delivery.id.as_bytes()];
            connection
                .prepare_cached(queries::MISS_RECORDED)?
                .execute(values)?;
        }
        if delivery.due_at.is_none() {
            let wake = params![
                endpoint.as_bytes(),
                subject(delivery.about),
                delivery.sequence
            ];
            connection
                .prepare_cached(queries::WAKE_NEXT)?
                .execute(wake)?;
        }
        match self.standing {
            StandingChange::None => {}
            StandingChange::Arrived => {
                let mut statement = connection.prepare_cached(queries::ENDPOINT_ARRIVED)?;
                statement.execute([endpoint.as_bytes()])?;
            }
            StandingChange::Failing(since) => {
                let mut statement = connection.prepare_cached(queries::ENDPOINT_FAILING)?;
                statement.execute(params![endpoint.as_bytes(), since.as_millisecond()])?;
            }
            StandingChange::Disabled { at, why, since } => {
                let since = since.map(Timestamp::as_millisecond);
                let values = params![
                    endpoint.as_bytes(),
                    at.as_millisecond(),
                    why.as_str(),
                    since
                ];
                let Some(version) = endpoints::disable(connection, values)? else {
                    return Ok(false);
                };
                let of = (delivery.shop_id, endpoint, version);
                born::born_of_disabled(connection, of, self.event_id, self.now)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
