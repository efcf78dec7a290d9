//! Endpoints.

use danpay_core::webhook::{Endpoint, Standing};
use danpay_core::{ShopId, WebhookEndpointId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::rows::Place;
use super::super::values::Instant;
use super::super::{OnPostgres, Postgres, count, queries, uuid};
use crate::store::StoreError;
use crate::store::rows::{corrupt, events_of, filter_of};
use crate::store::webhooks::{
    AddEndpoint, AllEndpoints, ENDPOINTS, EndpointRow, EndpointsOf, RemoveEndpoint, UpdateEndpoint,
    Written,
};

impl OnPostgres for AddEndpoint {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let EndpointRow {
            endpoint, secret, ..
        } = &self.0;
        let values: [&(dyn ToSql + Sync); 8] = [
            &uuid(endpoint.id.as_bytes()),
            &uuid(endpoint.shop_id.as_bytes()),
            &endpoint.url,
            &endpoint.description,
            &events_of(endpoint)?,
            secret,
            &Instant(endpoint.created_at),
            &version(endpoint)?,
        ];
        Ok(count(&database.row(&queries::ADD_ENDPOINT, &values).await?)? == 1)
    }
}

fn split(old: Option<&(Vec<u8>, jiff::Timestamp)>) -> (Option<&[u8]>, Option<Instant>) {
    match old {
        Some((secret, until)) => (Some(secret), Some(Instant(*until))),
        None => (None, None),
    }
}

fn version(endpoint: &Endpoint) -> Result<i32, StoreError> {
    let version = i32::try_from(endpoint.version);
    version.map_err(|error| corrupt(ENDPOINTS, endpoint.id, error))
}

impl OnPostgres for UpdateEndpoint {
    async fn on_postgres(self, database: &Postgres) -> Result<Written, StoreError> {
        let EndpointRow {
            endpoint,
            secret,
            old_secret,
            rotated_at,
        } = &self.0;
        let (old_secret, old_until) = split(old_secret.as_ref());
        let standing = endpoint.standing;
        let values: [&(dyn ToSql + Sync); 13] = [
            &uuid(endpoint.id.as_bytes()),
            &uuid(endpoint.shop_id.as_bytes()),
            &endpoint.url,
            &endpoint.description,
            &events_of(endpoint)?,
            secret,
            &old_secret,
            &old_until,
            &rotated_at.map(Instant),
            &standing.failing_since.map(Instant),
            &standing.disabled.map(|(at, _)| Instant(at)),
            &standing.disabled.map(|(_, why)| why.as_str()),
            &version(endpoint)?,
        ];
        let row = database.row(&queries::UPDATE_ENDPOINT, &values).await?;
        Ok(match (row.try_get("taken")?, row.try_get("updated")?) {
            (true, _) => Written::Taken,
            (false, true) => Written::Yes,
            (false, false) => Written::Changed,
        })
    }
}

impl OnPostgres for RemoveEndpoint {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let (id, shop_id) = (uuid(self.id.as_bytes()), uuid(self.shop_id.as_bytes()));
        let values: [&(dyn ToSql + Sync); 2] = [&id, &shop_id];
        Ok(count(&database.row(&queries::REMOVE_ENDPOINT, &values).await?)? == 1)
    }
}

impl OnPostgres for EndpointsOf {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<EndpointRow>, StoreError> {
        let shop_id = uuid(self.0.as_bytes());
        let rows = database.rows(&queries::ENDPOINTS_OF, &[&shop_id]).await?;
        rows.iter().map(read).collect()
    }
}

impl OnPostgres for AllEndpoints {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<EndpointRow>, StoreError> {
        let rows = database.rows(&queries::ALL_ENDPOINTS, &[]).await?;
        rows.iter().map(read).collect()
    }
}

pub(super) fn read(row: &Row) -> Result<EndpointRow, StoreError> {
    let table = ENDPOINTS;
    let id: Uuid = row.try_get("id")?;
    let id = WebhookEndpointId::from_bytes(id.into_bytes());
    let place = Place { table, id, row };
    let shop_id: Uuid = place.get("shop_id")?;
    let disabled = match place.optional_time("disabled_at")? {
        Some(at) => Some((at, place.word("disabled_why")?)),
        None => None,
    };
    let old_secret: Option<Vec<u8>> = place.get("old_secret")?;
    Ok(EndpointRow {
        endpoint: Endpoint {
            id,
            shop_id: ShopId::from_bytes(shop_id.into_bytes()),
            url: place.get("url")?,
            description: place.get("description")?,
            events: filter_of(id, place.get("events")?)?,
            standing: Standing {
                failing_since: place.optional_time("failing_since")?,
                disabled,
            },
            created_at: place.time("created_at")?,
            version: place.number("version")?,
        },
        secret: place.get("secret")?,
        old_secret: old_secret.zip(place.optional_time("old_secret_until")?),
        rotated_at: place.optional_time("rotated_at")?,
    })
}
