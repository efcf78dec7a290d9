//! Shops and their contracts with KakaoPay.

use danpay_core::ShopId;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::rows::{from_json, timestamp};
use super::{OnSqlite, Way, queries};
use crate::shops::Settings;
use crate::store::StoreError;
use crate::store::rows::json;
use crate::store::shops::{AccountRow, Add, All, EnsureFirstShop, PutAccount, ShopRow, Update};

impl OnSqlite for EnsureFirstShop {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<ShopRow, StoreError> {
        let settings = json("shops", self.id, &Settings::default())?;
        let values = params![
            self.id.as_bytes(),
            self.name,
            settings,
            self.at.as_millisecond()
        ];
        connection.execute(queries::INSERT_FIRST_SHOP, values)?;
        connection.query_row(queries::SELECT_FIRST_SHOP, [], |row| {
            Ok(read(connection, row))
        })?
    }
}

impl OnSqlite for Add {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let ShopRow {
            id,
            name,
            settings,
            created_at,
            accounts,
            ..
        } = &self.shop;
        let settings = json("shops", id, settings)?;
        let created_at = created_at.as_millisecond();
        let values = params![id.as_bytes(), name, settings, created_at];
        if connection.execute(queries::INSERT_SHOP, values)? == 0 {
            return Ok(false);
        }
        for account in accounts {
            put(connection, *id, account, self.shop.created_at)?;
        }
        Ok(true)
    }
}

impl OnSqlite for Update {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let ShopRow {
            id,
            name,
            settings,
            version,
            disabled_at,
            ..
        } = &self.shop;
        let settings = json("shops", id, settings)?;
        let disabled_at = disabled_at.map(Timestamp::as_millisecond);
        let values = params![id.as_bytes(), version, name, settings, disabled_at];
        Ok(connection.execute(queries::UPDATE_SHOP, values)? == 1)
    }
}

impl OnSqlite for PutAccount {
    const WAY: Way = Way::Write;

    fn on_sqlite(&self, connection: &Connection) -> Result<bool, StoreError> {
        let values = params![self.shop_id.as_bytes(), self.account.cid, self.replacing];
        if connection.execute(queries::SHOP_CHANGED, values)? == 0 {
            return Ok(false);
        }
        put(connection, self.shop_id, &self.account, self.at)?;
        Ok(true)
    }
}

fn put(
    connection: &Connection,
    shop_id: ShopId,
    account: &AccountRow,
    at: Timestamp,
) -> Result<(), StoreError> {
    let AccountRow {
        cid,
        secret_key,
        cid_secret,
    } = account;
    let values = params![
        shop_id.as_bytes(),
        cid,
        secret_key,
        cid_secret,
        at.as_millisecond()
    ];
    connection.execute(queries::UPSERT_ACCOUNT, values)?;
    Ok(())
}

impl OnSqlite for All {
    const WAY: Way = Way::ReadMany;

    fn on_sqlite(&self, connection: &Connection) -> Result<Vec<ShopRow>, StoreError> {
        let mut statement = connection.prepare(queries::SELECT_SHOPS)?;
        let shops = statement.query_map([], |row| Ok(read(connection, row)))?;
        shops.map(|shop| shop?).collect()
    }
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<ShopRow, StoreError> {
    let table = "shops";
    let id = ShopId::from_bytes(row.get("id")?);
    let disabled_at: Option<i64> = row.get("disabled_at")?;
    let disabled_at = disabled_at.map(|millis| timestamp(table, "disabled_at", millis));
    let mut statement = connection.prepare_cached(queries::SELECT_ACCOUNTS)?;
    let accounts = statement.query_map([id.as_bytes()], |row| {
        Ok(AccountRow {
            cid: row.get("cid")?,
            secret_key: row.get("secret_key")?,
            cid_secret: row.get("cid_secret")?,
        })
    })?;
    Ok(ShopRow {
        id,
        name: row.get("name")?,
        is_first: row.get("is_first")?,
        settings: from_json(table, id, row, "settings")?,
        version: row.get("version")?,
        created_at: timestamp(table, "created_at", row.get("created_at")?)?,
        disabled_at: disabled_at.transpose()?,
        accounts: accounts.collect::<rusqlite::Result<_>>()?,
    })
}
