//! API keys.

use danpay_core::ShopId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rows::{name_of, named, timestamp};
use super::{OnSqlite, Way, queries};
use crate::store::StoreError;
use crate::store::keys::{Add, AnyEver, ApiKey, OfShop, Revoke, Used, WithHash};

impl OnSqlite for Add {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let ApiKey {
            shop_id,
            name,
            role,
            created_at,
            expires_at,
            revoked_at: _,
            last_used_at: _,
        } = &self.key;
        let added = connection.execute(
            queries::INSERT_API_KEY,
            params![
                self.hash,
                shop_id.as_bytes(),
                name,
                name_of("api_keys", name, role)?,
                created_at.as_millisecond(),
                expires_at.map(Timestamp::as_millisecond),
            ],
        )?;
        Ok(added == 1)
    }
}

impl OnSqlite for WithHash {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<Option<ApiKey>, StoreError> {
        connection
            .prepare_cached(queries::SELECT_API_KEY)?
            .query_row([self.0], |row| Ok(read(row)))
            .optional()?
            .transpose()
    }
}

impl OnSqlite for OfShop {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<ApiKey>, StoreError> {
        let mut statement = connection.prepare(queries::SELECT_API_KEYS)?;
        let keys = statement.query_map([self.0.as_bytes()], |row| Ok(read(row)))?;
        keys.map(|key| key?).collect()
    }
}

fn read(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    let table = "api_keys";
    let time = |column: &str| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.get(column)?;
        millis
            .map(|millis| timestamp(table, column, millis))
            .transpose()
    };
    let name: String = row.get("name")?;
    Ok(ApiKey {
        shop_id: ShopId::from_bytes(row.get("shop_id")?),
        role: named(table, &name, row, "role")?,
        name,
        created_at: timestamp(table, "created_at", row.get("created_at")?)?,
        expires_at: time("expires_at")?,
        revoked_at: time("revoked_at")?,
        last_used_at: time("last_used_at")?,
    })
}

impl OnSqlite for Revoke {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let (shop_id, at) = (self.shop_id.as_bytes(), self.at.as_millisecond());
        let revoked =
            connection.execute(queries::REVOKE_API_KEY, params![shop_id, self.name, at])?;
        Ok(revoked == 1)
    }
}

impl OnSqlite for Used {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<(), StoreError> {
        let values = params![self.hash, self.at.as_millisecond()];
        connection
            .prepare_cached(queries::API_KEY_USED)?
            .execute(values)?;
        Ok(())
    }
}

impl OnSqlite for AnyEver {
    const WAY: Way = Way::Read;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        Ok(connection
            .prepare(queries::SELECT_ANY_API_KEY)?
            .exists([])?)
    }
}
