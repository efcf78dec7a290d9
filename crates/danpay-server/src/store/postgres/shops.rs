//! Shops and their contracts with KakaoPay.

use danpay_core::ShopId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::Place;
use super::values::Instant;
use super::{OnPostgres, Postgres, count, queries, uuid};
use crate::shops::Settings;
use crate::store::StoreError;
use crate::store::rows::{corrupt, json};
use crate::store::shops::{AccountRow, Add, All, EnsureFirstShop, PutAccount, ShopRow, Update};

impl OnPostgres for EnsureFirstShop {
    async fn on_postgres(self, database: &Postgres) -> Result<ShopRow, StoreError> {
        let Self { id, name, at } = self;
        let settings = json("shops", id, &Settings::default())?;
        let values: [&(dyn ToSql + Sync); 4] =
            [&uuid(id.as_bytes()), &name, &settings, &Instant(at)];
        database.rows(&queries::ADD_FIRST_SHOP, &values).await?;
        read(&database.row(&queries::FIRST_SHOP, &[]).await?)
    }
}

impl OnPostgres for Add {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let shop = self.shop;
        let settings = json("shops", shop.id, &shop.settings)?;
        let [account] = &shop.accounts[..] else {
            return Err(corrupt("shops", shop.id, "a new shop has one account"));
        };
        let values: [&(dyn ToSql + Sync); 7] = [
            &uuid(shop.id.as_bytes()),
            &shop.name,
            &settings,
            &Instant(shop.created_at),
            &account.cid,
            &account.secret_key,
            &account.cid_secret,
        ];
        Ok(count(&database.row(&queries::ADD_SHOP, &values).await?)? == 1)
    }
}

impl OnPostgres for Update {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let shop = self.shop;
        let settings = json("shops", shop.id, &shop.settings)?;
        let version = i32::try_from(shop.version).unwrap_or(i32::MAX);
        let values: [&(dyn ToSql + Sync); 5] = [
            &uuid(shop.id.as_bytes()),
            &version,
            &shop.name,
            &settings,
            &shop.disabled_at.map(Instant),
        ];
        Ok(count(&database.row(&queries::UPDATE_SHOP, &values).await?)? == 1)
    }
}

impl OnPostgres for PutAccount {
    async fn on_postgres(self, database: &Postgres) -> Result<bool, StoreError> {
        let Self {
            shop_id,
            account,
            at,
            replacing,
        } = self;
        let values: [&(dyn ToSql + Sync); 6] = [
            &uuid(shop_id.as_bytes()),
            &account.cid,
            &account.secret_key,
            &account.cid_secret,
            &Instant(at),
            &replacing,
        ];
        Ok(count(&database.row(&queries::PUT_ACCOUNT, &values).await?)? == 1)
    }
}

impl OnPostgres for All {
    async fn on_postgres(self, database: &Postgres) -> Result<Vec<ShopRow>, StoreError> {
        let rows = database.rows(&queries::SHOPS, &[]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<ShopRow, StoreError> {
    let table = "shops";
    let id = ShopId::from_bytes(row.try_get::<_, Uuid>("id")?.into_bytes());
    let place = Place { table, id, row };
    let cids: Vec<String> = place.get("cids")?;
    let secret_keys: Vec<Vec<u8>> = place.get("secret_keys")?;
    let cid_secrets: Vec<Option<Vec<u8>>> = place.get("cid_secrets")?;
    let accounts = cids.into_iter().zip(secret_keys).zip(cid_secrets);
    Ok(ShopRow {
        id,
        name: place.get("name")?,
        is_first: place.get("is_first")?,
        settings: place.json("settings")?,
        version: place.number("version")?,
        created_at: place.time("created_at")?,
        disabled_at: place.optional_time("disabled_at")?,
        accounts: accounts
            .map(|((cid, secret_key), cid_secret)| AccountRow {
                cid,
                secret_key,
                cid_secret,
            })
            .collect(),
    })
}
