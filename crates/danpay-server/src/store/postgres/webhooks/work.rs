//! What the worker asks: what is due, its claims, and what came of them.

use danpay_core::webhook::Blocker;
use danpay_core::{DeliveryId, ENDPOINT_DISABLED};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::rows::Place;
use super::super::values::Instant;
use super::super::{OnPostgres, Postgres, only, queries, uuid};
use super::deliveries::{self, number, subject};
use super::endpoints;
use crate::store::StoreError;
use crate::store::rows::{json, listed};
use crate::store::webhooks::{
    ClaimDeliveries, DELIVERIES, Due, DueDeliveries, EndpointRow, RecordAttempt, StandingChange,
};

impl OnPostgres for DueDeliveries {
    async fn on_postgres(
        self,
        database: &Postgres,
    ) -> Result<Vec<(EndpointRow, Vec<Due>)>, StoreError> {
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let less: Vec<_> = self
            .less
            .iter()
            .map(|(id, _)| uuid(id.as_bytes()))
            .collect();
        let most: Vec<_> = self.less.iter().map(|(_, most)| whole(*most)).collect();
        let values: [&(dyn ToSql + Sync); 5] = [
            &Instant(self.now),
            &whole(self.each),
            &less,
            &most,
            &Instant(self.refused_before),
        ];
        let rows = database.rows(&queries::DUE_DELIVERIES, &values).await?;
        let mut due: Vec<(EndpointRow, Vec<Due>)> = Vec::new();
        for row in &rows {
            let id = deliveries::id(row)?;
            // Past attempts that cannot be read are logged, and keep nothing from being sent.
            let delivery = match listed(id, deliveries::read(id, row))? {
                Ok(delivery) => delivery,
                Err(_) => deliveries::read_with(id, row, Vec::new())?,
            };
            let one = Due {
                blocker: blocker(id, row)?,
                delivery,
            };
            match due.last_mut() {
                Some((endpoint, of_it)) if endpoint.endpoint.id == one.delivery.endpoint_id => {
                    of_it.push(one);
                }
                _ => due.push((endpoints::read(row)?, vec![one])),
            }
        }
        Ok(due)
    }
}

fn blocker(id: DeliveryId, row: &Row) -> Result<Option<Blocker>, StoreError> {
    let place = Place {
        table: DELIVERIES,
        id,
        row,
    };
    let found: Option<bool> = place.get("found")?;
    if found.is_none() {
        return Ok(None);
    }
    Ok(Some(Blocker {
        refused_since: place.optional_time("blocker_refused")?,
        due_at: place.optional_time("blocker_due")?,
        is_in_flight: place.get("blocker_flies")?,
    }))
}

impl OnPostgres for ClaimDeliveries {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<DeliveryId>, StoreError> {
        let (mut shops, mut ids, mut statuses) = (Vec::new(), Vec::new(), Vec::new());
        let mut claims = Vec::new();
        let (mut since, mut until) = (Vec::new(), Vec::new());
        for one in &self.claimed {
            shops.push(uuid(one.shop_id.as_bytes()));
            ids.push(uuid(one.id.as_bytes()));
            statuses.push(one.status.as_str());
            claims.push(number(one, one.claims)?);
            since.push(one.in_flight_since.map(Instant));
            until.push(one.due_at.map(Instant));
        }
        let (mut later_shops, mut later_ids) = (Vec::new(), Vec::new());
        let (mut later_claims, mut later_until) = (Vec::new(), Vec::new());
        for (one, then) in &self.put_off {
            later_shops.push(uuid(one.shop_id.as_bytes()));
            later_ids.push(uuid(one.id.as_bytes()));
            later_claims.push(number(one, one.claims)?);
            later_until.push(Instant(*then));
        }
        let values: [&(dyn ToSql + Sync); 11] = [
            &Instant(self.now),
            &shops,
            &ids,
            &statuses,
            &claims,
            &since,
            &until,
            &later_shops,
            &later_ids,
            &later_claims,
            &later_until,
        ];
        let rows = database.rows(&queries::CLAIM_DELIVERIES, &values).await?;
        let ours = rows.iter().map(|row| {
            let id: Uuid = row.try_get("id")?;
            Ok(DeliveryId::from_bytes(id.into_bytes()))
        });
        ours.collect()
    }
}

impl OnPostgres for RecordAttempt {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let delivery = &self.delivery;
        let (what, at, why, since) = match self.standing {
            StandingChange::None => ("nothing", None, None, None),
            StandingChange::Arrived => ("arrived", None, None, None),
            StandingChange::Failing(since) => ("failing", Some(since), None, None),
            StandingChange::Disabled { at, why, since } => {
                ("disabled", Some(at), Some(why.as_str()), since)
            }
        };
        let values: [&(dyn ToSql + Sync); 18] = [
            &uuid(delivery.shop_id.as_bytes()),
            &uuid(delivery.id.as_bytes()),
            &number(delivery, delivery.claims)?,
            &delivery.status.as_str(),
            &delivery.refused_since.map(Instant),
            &delivery.due_at.map(Instant),
            &json(DELIVERIES, delivery.id, &delivery.log)?,
            &uuid(delivery.endpoint_id.as_bytes()),
            &subject(delivery.about),
            &what,
            &at.map(Instant),
            &why,
            &uuid(self.event_id.as_bytes()),
            &Instant(self.now),
            &ENDPOINT_DISABLED,
            &delivery.is_resend,
            &number(delivery, delivery.attempts)?,
            &since.map(Instant),
        ];
        only(&database.row(&queries::RECORD_ATTEMPT, &values).await?)
    }
}
