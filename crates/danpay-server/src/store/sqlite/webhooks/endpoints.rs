//! Endpoints.

use danpay_core::webhook::{Endpoint, Standing};
use danpay_core::{ShopId, WebhookEndpointId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::rows::{self, named, timestamp};
use super::super::{OnSqlite, Way};
use super::queries;
use crate::store::StoreError;
use crate::store::rows::{events_of, filter_of};
use crate::store::webhooks::{
    AddEndpoint, AllEndpoints, ENDPOINTS, EndpointRow, EndpointsOf, RemoveEndpoint, UpdateEndpoint,
    Written,
};

impl OnSqlite for AddEndpoint {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let EndpointRow {
            endpoint, secret, ..
        } = &self.0;
        let added = connection.execute(
            queries::INSERT_ENDPOINT,
            params![
                endpoint.id.as_bytes(),
                endpoint.shop_id.as_bytes(),
                endpoint.url,
                endpoint.description,
                events_of(endpoint)?,
                secret,
                endpoint.created_at.as_millisecond(),
                endpoint.version,
            ],
        )?;
        Ok(added == 1)
    }
}

impl OnSqlite for UpdateEndpoint {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<Written, StoreError> {
        let EndpointRow {
            endpoint,
            secret,
            old_secret,
            rotated_at,
        } = &self.0;
        let (id, shop_id) = (endpoint.id.as_bytes(), endpoint.shop_id.as_bytes());
        let mut taken = connection.prepare(queries::SELECT_TAKEN)?;
        if taken.exists(params![shop_id, endpoint.url, id])? {
            return Ok(Written::Taken);
        }
        let disabled = endpoint.standing.disabled;
        let changed = connection.execute(
            queries::UPDATE_ENDPOINT,
            params![
                id,
                shop_id,
                endpoint.url,
                endpoint.description,
                events_of(endpoint)?,
                secret,
                old_secret.as_ref().map(|(secret, _)| secret),
                old_secret.as_ref().map(|(_, until)| until.as_millisecond()),
                rotated_at.map(Timestamp::as_millisecond),
                endpoint
                    .standing
                    .failing_since
                    .map(Timestamp::as_millisecond),
                disabled.map(|(at, _)| at.as_millisecond()),
                disabled.map(|(_, why)| why.as_str()),
                endpoint.version,
            ],
        )?;
        Ok(if changed == 1 {
            Written::Yes
        } else {
            Written::Changed
        })
    }
}

impl OnSqlite for RemoveEndpoint {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let values = params![self.id.as_bytes(), self.shop_id.as_bytes()];
        Ok(connection.execute(queries::DELETE_ENDPOINT, values)? == 1)
    }
}

impl OnSqlite for EndpointsOf {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<EndpointRow>, StoreError> {
        let mut statement = connection.prepare_cached(queries::SELECT_ENDPOINTS_OF)?;
        let endpoints = statement.query_map([self.0.as_bytes()], |row| Ok(read(row)))?;
        endpoints.map(|endpoint| endpoint?).collect()
    }
}

impl OnSqlite for AllEndpoints {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<EndpointRow>, StoreError> {
        all(connection, queries::SELECT_ALL_ENDPOINTS)
    }
}

pub(super) fn all(connection: &Connection, query: &str) -> Result<Vec<EndpointRow>, StoreError> {
    let mut statement = connection.prepare_cached(query)?;
    let endpoints = statement.query_map([], |row| Ok(read(row)))?;
    endpoints.map(|endpoint| endpoint?).collect()
}

fn read(row: &Row<'_>) -> Result<EndpointRow, StoreError> {
    let table = ENDPOINTS;
    let id = WebhookEndpointId::from_bytes(row.get("id")?);
    let time = |column| optional_time(table, row, column);
    let disabled = match time("disabled_at")? {
        Some(at) => Some((at, named(table, id, row, "disabled_why")?)),
        None => None,
    };
    let old_secret: Option<Vec<u8>> = row.get("old_secret")?;
    Ok(EndpointRow {
        endpoint: Endpoint {
            id,
            shop_id: ShopId::from_bytes(row.get("shop_id")?),
            url: row.get("url")?,
            description: row.get("description")?,
            events: filter_of(id, row.get("events")?)?,
            standing: Standing {
                failing_since: time("failing_since")?,
                disabled,
            },
            created_at: timestamp(table, "created_at", row.get("created_at")?)?,
            version: row.get("version")?,
        },
        secret: row.get("secret")?,
        old_secret: old_secret.zip(time("old_secret_until")?),
        rotated_at: time("rotated_at")?,
    })
}

pub(super) fn optional_time(
    table: &'static str,
    row: &Row<'_>,
    column: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = row.get(column)?;
    let time = millis.map(|millis| rows::timestamp(table, column, millis));
    time.transpose()
}

/// The version of the endpoint that was disabled now; none, if it was before.
pub(super) fn disable(
    connection: &Connection,
    values: impl rusqlite::Params,
) -> Result<Option<u32>, StoreError> {
    let mut statement = connection.prepare_cached(queries::DISABLE_ENDPOINT)?;
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}
